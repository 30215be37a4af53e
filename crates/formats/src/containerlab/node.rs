//! Nodes: a `linux` node becomes one of ours, a bridge a shared network, any other kind is kept.

use std::collections::BTreeMap;

use model::lab::{NetnsNode, OtherNode};
use model::{Lab, Network, NetworkId, Node, NodeId, NodeKind, Position};
use serde_json::Value;

use super::file::{File, NodeDef, short};
use super::{Reading, binds, inherit};

/// What a name of the file stands for in the lab.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Node(NodeId),
    Network(NetworkId),
}

pub fn add_nodes(file: &File, lab: &mut Lab, reading: &mut Reading<'_>) -> BTreeMap<String, Place> {
    let mut places = BTreeMap::new();
    for (name, own) in &file.topology.nodes {
        let def = inherit::resolve(&file.topology, own);
        let at = format!("topology.nodes.{name}");
        let Some(kind) = def.kind.clone() else {
            let message =
                "the node has no kind, nor do its group and the defaults; add `kind: linux`";
            reading.wrong(&at, "kind_missing", message);
            continue;
        };
        let place = match kind.as_str() {
            "bridge" | "ovs-bridge" => add_bridge(name, &at, lab, reading),
            _ => add_node(name, &at, &kind, &def, lab, reading),
        };
        places.extend(place.map(|place| (name.clone(), place)));
    }
    places
}

fn add_bridge(name: &str, at: &str, lab: &mut Lab, reading: &mut Reading<'_>) -> Option<Place> {
    let id = lab.next_network_id()?;
    let network = Network {
        name: name.into(),
        position: Position::default(),
        uplink: None,
        extra: serde_json::Map::new(),
    };
    lab.networks.insert(id, network);
    let why = "it becomes a shared network of the lab itself; the host's own bridge is not joined";
    reading.lose(at, "a bridge of the host", why);
    Some(Place::Network(id))
}

fn add_node(
    name: &str,
    at: &str,
    kind: &str,
    def: &NodeDef,
    lab: &mut Lab,
    reading: &mut Reading<'_>,
) -> Option<Place> {
    let id = lab.next_node_id()?;
    let (template, kind) = match (kind, reading.options.as_netns) {
        ("linux", true) => {
            let (template, settings) = netns(name, at, def, &lab.name, reading);
            (template.to_owned(), NodeKind::Netns(settings))
        }
        (_, _) => (String::new(), NodeKind::Other(kept(at, kind, def, reading))),
    };
    let node = Node {
        name: name.into(),
        template,
        icon: String::new(),
        position: position(def),
        kind,
        interfaces: BTreeMap::new(),
        labels: texts(&def.labels),
        extra: serde_json::Map::new(),
    };
    lab.nodes.insert(id, node);
    Some(Place::Node(id))
}

/// A node over this host's own programs: FRR's when its image is one of FRR.
fn netns(
    name: &str,
    at: &str,
    def: &NodeDef,
    lab_name: &str,
    reading: &mut Reading<'_>,
) -> (&'static str, NetnsNode) {
    let template = template_of(at, def.image.as_deref().unwrap_or_default(), reading);
    let expand = |text: &String| {
        text.replace("__clabNodeName__", name)
            .replace("__clabLabName__", lab_name)
    };
    let binds: Vec<String> = def.binds.iter().map(expand).collect();
    let files = binds::read(at, &binds, reading);
    if template == "frr" && !files.contains_key("/etc/frr/daemons") {
        let why = "only zebra and staticd run; bind a daemons file that enables the others";
        reading.lose(&format!("{at}.binds"), "no /etc/frr/daemons", why);
    }
    name_the_rest(at, def, reading);
    let (env, exec) = (texts(&def.env), def.exec.iter().map(expand).collect());
    (
        template,
        NetnsNode {
            env,
            files,
            exec,
            ..NetnsNode::default()
        },
    )
}

fn template_of(at: &str, image: &str, reading: &mut Reading<'_>) -> &'static str {
    let (template, why) = if image.to_lowercase().contains("frr") {
        ("frr", "the node runs this host's FRR instead")
    } else {
        (
            "host",
            "the node runs this host's programs instead; what only the image has is missing",
        )
    };
    if !image.is_empty() {
        reading.lose(&format!("{at}.image"), image, why);
    }
    template
}

fn name_the_rest(at: &str, def: &NodeDef, reading: &mut Reading<'_>) {
    for (key, value) in &def.rest {
        let why = match key.as_str() {
            "ports" => "no port of the host leads into the node; use its console or exec",
            "mgmt-ipv4" | "mgmt-ipv6" => "there is no management network",
            "cmd" | "entrypoint" => "the image's own program is not run; use exec or processes",
            "startup-config" => "bind the file to its place in the node instead",
            _ => "this version does not read it",
        };
        reading.lose(&format!("{at}.{key}"), short(value), why);
    }
}

/// A node that cannot run here, with every key it has.
fn kept(at: &str, kind: &str, def: &NodeDef, reading: &mut Reading<'_>) -> OtherNode {
    let why = if kind == "linux" {
        "containers do not run here yet; import with --as netns to run it over this host's programs"
    } else {
        "no node of this kind runs here; all its keys are kept"
    };
    reading.lose(at, format!("kind {kind}"), why);
    if !def.binds.is_empty() {
        let why = "only their paths are kept, not the files";
        reading.lose(&format!("{at}.binds"), def.binds.join(", "), why);
    }
    let whole = serde_json::to_value(def).expect("a definition has text keys only");
    let extra = match whole {
        Value::Object(mut keys) => {
            // These are fields of the node itself, or say the same as `original`.
            keys.retain(|key, _| !matches!(key.as_str(), "kind" | "labels"));
            keys
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            unreachable!("a struct is written as an object")
        }
    };
    OtherNode {
        original: kind.into(),
        extra,
    }
}

/// Labels that containerlab's editors keep a node's place in.
fn position(def: &NodeDef) -> Position {
    let read = |key: &str| def.labels.get(key)?.as_deref()?.trim().parse().ok();
    match (read("graph-posX"), read("graph-posY")) {
        (Some(x), Some(y)) => Position { x, y },
        (_, _) => Position::default(),
    }
}

fn texts(map: &BTreeMap<String, Option<String>>) -> BTreeMap<String, String> {
    map.iter()
        .map(|(key, value)| (key.clone(), value.clone().unwrap_or_default()))
        .collect()
}
