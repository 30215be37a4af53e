//! What a link leads to.

use model::reach::Reach;
use model::{End, IfaceIndex, NetworkId, NodeId};

use super::{Wiring, interface};
use crate::containerlab::nodes::{Place, refuse};
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

/// A link by what it joins.
pub enum Form<'t> {
    Pair(Written<'t>, Written<'t>),
    /// An interface and the host's that its network joins.
    Macvlan(Written<'t>, String),
    /// An interface and a port's name on the management network.
    Management(Written<'t>, String),
    /// An interface that is linked to nothing.
    Alone(Written<'t>),
    /// An interface and what it would lead to beyond the lab.
    Outside(Written<'t>, String),
}

/// An end as it is written: `r1:eth1`, or a map of an extended link.
#[derive(Clone, Copy)]
pub struct Written<'t> {
    pub node: &'t str,
    pub interface: &'t str,
    /// Where it is written.
    pub at: Node<'t>,
}

/// An end in the lab.
#[derive(Clone)]
pub enum Side {
    Interface {
        node: NodeId,
        interface: IfaceIndex,
        /// Whether its addresses and MTU are the link's to set: of the written end, by number.
        place: usize,
    },
    Network {
        id: NetworkId,
        port: Option<String>,
    },
    /// The host; it was told that a link there is lost.
    Host,
}

impl Side {
    pub fn end(&self) -> Option<End> {
        match *self {
            Self::Interface {
                node, interface, ..
            } => Some(End::Interface { node, interface }),
            Self::Network { id, .. } => Some(End::Network(id)),
            Self::Host => None,
        }
    }
}

/// `None` after a fault.
pub fn form_of<'t>(link: Node<'t>, reading: &mut Reading<'_>) -> Option<Form<'t>> {
    let kind = link.given("type").map(|node| text(node).to_lowercase());
    match kind.as_deref() {
        None | Some("veth" | "veth-stitch") => pair(link, reading),
        Some("macvlan") => {
            let parent = host_interface(link, reading)?;
            Some(Form::Macvlan(endpoint(link, reading)?, parent))
        }
        Some("mgmt-net") => {
            let port = link.given("host-interface").map(text).unwrap_or_default();
            Some(Form::Management(endpoint(link, reading)?, port))
        }
        Some("host") => {
            let port = link.given("host-interface").map(text).unwrap_or_default();
            Some(Form::Outside(
                endpoint(link, reading)?,
                format!("host:{port}"),
            ))
        }
        Some(kind @ ("vxlan" | "vxlan-stitch")) => {
            let remote = link.given("remote").map(text).unwrap_or_default();
            Some(Form::Outside(
                endpoint(link, reading)?,
                format!("{kind} to {remote}"),
            ))
        }
        Some("dummy") => Some(Form::Alone(endpoint(link, reading)?)),
        Some(other) => {
            let message = format!(
                "there is no link of type {other:?}; use veth, macvlan, mgmt-net, dummy, host or vxlan"
            );
            reading.ledger.wrong(link, "link_type_unknown", message);
            None
        }
    }
}

fn pair<'t>(link: Node<'t>, reading: &mut Reading<'_>) -> Option<Form<'t>> {
    let ends: Vec<Node<'t>> = link
        .get("endpoints")
        .into_iter()
        .flat_map(Node::children)
        .collect();
    let [a, b] = ends.as_slice() else {
        let message = format!("a link has two endpoints, not {}", ends.len());
        reading.ledger.wrong(link, "endpoints_odd", message);
        return None;
    };
    let (a, b) = (written(*a, reading)?, written(*b, reading)?);
    let special = |end: &Written<'_>| end.node.trim().to_lowercase();
    for (own, other) in [(a, b), (b, a)] {
        match special(&other).as_str() {
            "host" => return Some(Form::Outside(own, format!("host:{}", other.interface))),
            "mgmt-net" => return Some(Form::Management(own, other.interface.to_owned())),
            "macvlan" => return Some(Form::Macvlan(own, other.interface.to_owned())),
            _ => {}
        }
    }
    Some(Form::Pair(a, b))
}

fn written<'t>(at: Node<'t>, reading: &mut Reading<'_>) -> Option<Written<'t>> {
    let pair = if at.is_map() {
        let word = |key: &str| at.given(key)?.text();
        word("node").zip(word("interface"))
    } else {
        at.text().and_then(|text| text.split_once(':'))
    };
    let Some((node, interface)) = pair else {
        let message = "an endpoint is written node:interface";
        reading.ledger.wrong(at, "endpoints_odd", message);
        return None;
    };
    let (node, interface) = (node.trim(), interface.trim());
    Some(Written {
        node,
        interface,
        at,
    })
}

fn endpoint<'t>(link: Node<'t>, reading: &mut Reading<'_>) -> Option<Written<'t>> {
    let ends = link.get("endpoints").into_iter().flat_map(Node::children);
    if let Some(end) = link.given("endpoint").into_iter().chain(ends).next() {
        return written(end, reading);
    }
    let message = "a link of this type has an endpoint: {node: …, interface: …}";
    reading.ledger.wrong(link, "endpoints_odd", message);
    None
}

fn host_interface(link: Node<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let found = link.given("host-interface").map(text);
    if found.is_none() {
        let message = "a link of this type has a host-interface";
        reading.ledger.wrong(link, "endpoints_odd", message);
    }
    found
}

impl<'t> Wiring<'_, 't, '_> {
    /// The end in the lab, its interface made; `None` after a fault.
    pub fn side(&mut self, link: Node<'t>, end: &Written<'t>) -> Option<Side> {
        match self.places.get(end.node) {
            None => {
                let message = format!(
                    "there is no node {:?} in the file; check the endpoint's name",
                    end.node
                );
                self.reading.ledger.wrong(end.at, "no_such_node", message);
                None
            }
            Some(Place::Host) => {
                let what = format!("{}:{}", end.node, end.interface);
                refuse(Reach::HostLink, link, &what, self.reading);
                Some(Side::Host)
            }
            Some(Place::Network(id)) => Some(Side::Network {
                id: *id,
                port: Some(end.interface.to_owned()),
            }),
            Some(Place::Node(placed)) => {
                let index = interface::of(placed, end, self.reading)?;
                self.check_free(placed.id, index, end)?;
                Some(Side::Interface {
                    node: placed.id,
                    interface: index,
                    place: place_of(link, end),
                })
            }
        }
    }

    fn check_free(&mut self, node: NodeId, interface: IfaceIndex, end: &Written<'t>) -> Option<()> {
        let line = end.at.place().line;
        let Some(first) = self.used.insert((node, interface), line) else {
            return Some(());
        };
        let what = format!("{}:{}", end.node, end.interface);
        let message = if first == line {
            format!("{what} is both ends of the link; a link needs two")
        } else {
            format!("{what} is an end of the link in line {first} already; choose another")
        };
        self.reading
            .ledger
            .wrong(end.at, "interface_linked_twice", message);
        None
    }
}

/// Which of the link's endpoints this is.
fn place_of(link: Node<'_>, end: &Written<'_>) -> usize {
    let mut ends = link.get("endpoints").into_iter().flat_map(Node::children);
    ends.position(|at| at.id() == end.at.id())
        .unwrap_or_default()
}
