//! Nodes by their kind: a `linux` one becomes ours, a bridge a shared network, any other is kept.

mod bridge;
mod netns;
mod other;

use std::collections::BTreeMap;

use model::reach::{Answer, Ask, Reach};
use model::{NetworkId, Node, NodeId, NodeKind, Position};

use super::docker;
use super::levels::{Def, Sections};
use super::reading::{Reading, texts};
use crate::yaml;

pub use other::is_unmanaged;

/// What a name of the file stands for in the lab.
#[derive(Debug, Clone)]
pub enum Place<'t> {
    Node(Placed<'t>),
    Network(NetworkId),
    /// The host itself, which is no part of a lab.
    Host,
}

/// A node of the lab and where it comes from.
#[derive(Debug, Clone)]
pub struct Placed<'t> {
    pub id: NodeId,
    pub def: Def<'t>,
    /// Whether containerlab would put it on the management network.
    pub managed: bool,
}

pub type Places<'t> = BTreeMap<&'t str, Place<'t>>;

pub fn add_nodes<'t>(topology: yaml::Node<'t>, reading: &mut Reading<'_>) -> Places<'t> {
    let sections = Sections::of(topology);
    let mut places = Places::new();
    let mut used = std::collections::BTreeSet::new();
    for own in topology
        .get("nodes")
        .into_iter()
        .flat_map(yaml::Node::children)
    {
        let def = sections.define(own);
        used.extend(def.behind().iter().map(|level| level.id()));
        for key in ["kind", "group"] {
            def.all(key, &mut reading.ledger);
        }
        if let Some(place) = place(def, reading) {
            places.insert(own.key(), place);
        }
    }
    take_unused(topology, &used, reading);
    docker::add_waits(&places, reading);
    places
}

/// What no node inherits has no effect in containerlab either.
fn take_unused(
    topology: yaml::Node<'_>,
    used: &std::collections::BTreeSet<yaml::Id>,
    reading: &mut Reading<'_>,
) {
    let entries = |key| topology.get(key).into_iter().flat_map(yaml::Node::children);
    let all = topology.get("defaults").into_iter();
    for level in all.chain(entries("kinds")).chain(entries("groups")) {
        if !used.contains(&level.id()) || level.is_leaf() {
            reading.ledger.take(level);
        }
    }
}

fn place<'t>(def: Def<'t>, reading: &mut Reading<'_>) -> Option<Place<'t>> {
    match def.kind.as_str() {
        "" => {
            let message =
                "the node has no kind, nor do its group and the defaults; add `kind: linux`";
            reading.ledger.wrong(def.own, "kind_missing", message);
            None
        }
        "bridge" | "ovs-bridge" => bridge::add(&def, reading).map(Place::Network),
        "host" => {
            refuse(Reach::HostLink, def.own, "kind host", reading);
            bridge::lose_settings(&def, "the host itself is no node of a lab", reading);
            Some(Place::Host)
        }
        _ => add_node(def, reading).map(Place::Node),
    }
}

fn add_node<'t>(def: Def<'t>, reading: &mut Reading<'_>) -> Option<Placed<'t>> {
    let Some(id) = reading.new_node_id() else {
        reading.too_many(def.own, "nodes");
        return None;
    };
    let at = format!("nodes/{id}");
    reading.comes_from(&*at, def.own);
    let labels = def.entries("labels", &mut reading.ledger);
    let labels = texts(&labels);
    let mut node = Node {
        name: def.name.into(),
        template: String::new(),
        icon: String::new(),
        position: position(&labels),
        kind: NodeKind::Other(model::lab::OtherNode::default()),
        interfaces: BTreeMap::new(),
        labels,
        extra: serde_json::Map::new(),
    };
    let managed = match (def.kind.as_str(), reading.options.as_netns) {
        ("linux", true) => netns::fill(&def, &mut node, reading),
        ("linux", false) => docker::fill(&def, &format!("{at}/settings"), &mut node, reading),
        (_, _) => other::fill(&def, &mut node, reading),
    };
    reading.lab.nodes.insert(id, node);
    Some(Placed { id, def, managed })
}

/// Labels that containerlab's editors once kept a node's place in.
fn position(labels: &BTreeMap<String, String>) -> Position {
    let read = |key: &str| labels.get(key)?.trim().parse().ok();
    match (read("graph-posX"), read("graph-posY")) {
        (Some(x), Some(y)) => Position { x, y },
        (_, _) => Position::default(),
    }
}

/// A loss for what reaches the host, in the words of the one table of it.
pub fn refuse(reach: Reach, node: yaml::Node<'_>, what: &str, reading: &mut Reading<'_>) {
    let (consequence, cure) = words(reach, what);
    reading.ledger.remark(node, what, consequence, cure);
}

/// The same for a value that says nothing else.
pub fn lose_reach(reach: Reach, node: yaml::Node<'_>, what: &str, reading: &mut Reading<'_>) {
    let (consequence, cure) = words(reach, what);
    reading.ledger.lose(node, consequence, cure);
}

fn words(reach: Reach, what: &str) -> (String, String) {
    let cure = match reach.answer() {
        Answer::Never { instead } => instead.to_owned(),
        Answer::Asked { key } => format!("ask the host's administrator to allow it ({key})"),
    };
    let consequence = format!("a lab may not have {}", Ask::new(reach, what));
    (consequence, cure)
}
