//! What is gathered while a file is read.

use std::collections::BTreeMap;

use model::{End, Lab, Link, LinkId, LinkState, Network, NetworkId, NodeId, Position, Problem};
use serde_json::{Map, Value};

use super::Options;
use super::ledger::Ledger;
use crate::yaml::Node;
use crate::{Fault, Place};

pub struct Reading<'o> {
    pub options: &'o Options<'o>,
    pub ledger: Ledger,
    pub lab: Lab,
    /// Where in the file the things of the lab come from, by the words that `model::validate` calls them.
    origins: BTreeMap<String, (Place, String)>,
    /// Bytes of files that were taken into the lab.
    pub file_bytes: usize,
    numbers: Numbers,
}

/// How many of each there are. A large lab's own search for a free number looks at all of it each time.
#[derive(Debug, Default)]
struct Numbers {
    nodes: u64,
    networks: u64,
    links: u64,
}

impl<'o> Reading<'o> {
    pub fn new(options: &'o Options<'o>, ledger: Ledger) -> Self {
        Self {
            options,
            ledger,
            lab: Lab::new(options.id, ""),
            origins: BTreeMap::new(),
            file_bytes: 0,
            numbers: Numbers::default(),
        }
    }

    pub fn new_node_id(&mut self) -> Option<NodeId> {
        self.numbers.nodes += 1;
        self.numbers.nodes.try_into().ok()
    }

    /// Of a shared network, or of the hidden one behind a link.
    fn new_network_id(&mut self) -> Option<NetworkId> {
        self.numbers.networks += 1;
        self.numbers.networks.try_into().ok()
    }

    fn new_link_id(&mut self) -> Option<LinkId> {
        self.numbers.links += 1;
        self.numbers.links.try_into().ok()
    }

    /// How a port of a network is called that nobody named: the writer's own word for it.
    pub fn usual_port(&self) -> String {
        usual_port(self.numbers.links + 1)
    }

    /// A closed network that comes from this value; `None` after a fault.
    pub fn add_network(&mut self, at: Node<'_>, name: &str) -> Option<(NetworkId, &mut Network)> {
        let Some(id) = self.new_network_id() else {
            self.too_many(at, "networks");
            return None;
        };
        self.comes_from(format!("networks/{id}"), at);
        let network = Network {
            name: name.into(),
            position: Position::default(),
            uplink: None,
            gateway: None,
            extra: Map::new(),
        };
        let place = self.lab.networks.entry(id);
        Some((id, place.or_insert(network)))
    }

    /// A link that comes from this value; two interfaces get a hidden network between them.
    pub fn add_link(&mut self, at: Node<'_>, [a, b]: [End; 2], extra: Map<String, Value>) {
        let is_interface = |end: End| matches!(end, End::Interface { .. });
        let network = if is_interface(a) && is_interface(b) {
            self.new_network_id()
        } else {
            None
        };
        let Some(id) = self.new_link_id() else {
            self.too_many(at, "links");
            return;
        };
        self.comes_from(format!("links/{id}"), at);
        let state = LinkState::Up;
        let link = Link {
            id,
            a,
            b,
            network,
            state,
            extra,
        };
        self.lab.links.insert(id, link);
    }

    pub fn too_many(&mut self, at: Node<'_>, what: &str) {
        let message = format!("there are more {what} than numbers for them");
        self.ledger.wrong(at, "too_many", message);
    }

    /// `at` of the lab came from this value.
    pub fn comes_from(&mut self, at: impl Into<String>, node: Node<'_>) {
        self.origins.insert(at.into(), (node.place(), node.path()));
    }

    /// A problem of the lab, told with the place in the file that led to it.
    pub fn locate(&self, problem: &Problem) -> Fault {
        let mut at = problem.at.as_str();
        let origin = loop {
            if let Some(origin) = self.origins.get(at) {
                break Some(origin);
            }
            match at.rsplit_once('/') {
                Some((parent, _)) => at = parent,
                None => break None,
            }
        };
        Fault {
            place: origin.map(|(place, _)| *place),
            path: origin.map_or_else(|| problem.at.clone(), |(_, path)| path.clone()),
            code: problem.code.clone(),
            message: problem.message.clone(),
        }
    }

    /// A number, or a fault.
    pub fn number<T: std::str::FromStr>(&mut self, node: Node<'_>, what: &str) -> Option<T> {
        let found = node.text().and_then(|text| text.trim().parse().ok());
        if found.is_none() {
            let message = format!("{:?} must be {what}", node.short());
            self.ledger.wrong(node, "number_odd", message);
        }
        found
    }

    /// Yes or no in any word that some YAML has for it, or a fault.
    pub fn flag(&mut self, node: Node<'_>) -> Option<bool> {
        let word = node.text().unwrap_or_default().trim().to_lowercase();
        match word.as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => {
                let message = format!("{:?} must be true or false", node.short());
                self.ledger.wrong(node, "flag_odd", message);
                None
            }
        }
    }
}

/// Of the link of this number.
pub fn usual_port(link: u64) -> String {
    format!("p{link}")
}

/// The text of a scalar.
pub fn text(node: Node<'_>) -> String {
    node.text().unwrap_or_default().to_owned()
}

/// The texts of a map's values; nothing given is the empty text.
pub fn texts(entries: &[Node<'_>]) -> BTreeMap<String, String> {
    let value = |node: &Node<'_>| {
        if node.is_null() {
            String::new()
        } else {
            text(*node)
        }
    };
    entries
        .iter()
        .map(|node| (node.key().to_owned(), value(node)))
        .collect()
}
