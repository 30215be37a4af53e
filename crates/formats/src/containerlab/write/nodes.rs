//! Nodes, and shared networks, which are nodes of kind `bridge` there.

use std::collections::{BTreeMap, BTreeSet};

use model::lab::{NetnsNode, OtherNode};
use model::{IfaceIndex, Lab, Network, NetworkId, Node, NodeId, NodeKind};

use super::out::Out;
use super::{KEEP, Managed, Writing, container, kept_keys, management, plain_name};
use crate::containerlab::schema::NODE_KEYS;

/// Keys of a node in the order of the file.
pub type Keys = Vec<(String, Out)>;

/// Names of shared networks as nodes of the file, none of which another node has.
pub fn names_of_bridges(lab: &Lab) -> BTreeMap<NetworkId, String> {
    let mut taken: BTreeSet<String> = lab.nodes.values().map(|node| node.name.clone()).collect();
    let managed = management::network(lab).map(|(id, ..)| id);
    let bridges = lab
        .networks
        .iter()
        .filter(|(id, network)| Some(**id) != managed && network.uplink.is_none());
    bridges
        .map(|(id, network)| {
            let wanted = if network.name.contains('|') {
                network.name.clone()
            } else {
                plain_name(&network.name)
            };
            let others = (2..).map(|n| format!("{wanted}-{n}"));
            let mut names = std::iter::once(wanted.clone()).chain(others);
            let name = names.find(|name| !taken.contains(name)).unwrap_or(wanted);
            taken.insert(name.clone());
            (*id, name)
        })
        .collect()
}

pub fn section(managed: &Managed, writing: &mut Writing<'_>) -> Out {
    let lab = writing.lab;
    let mut entries = Keys::new();
    for (id, node) in &lab.nodes {
        let is_managed = managed.contains(&(*id, IfaceIndex::FIRST));
        let keys = keys_of(*id, node, is_managed, writing);
        entries.push((node.name.clone(), Out::Map(keys)));
    }
    for (id, name) in writing.bridges.clone() {
        if let Some(network) = lab.networks.get(&id) {
            let keys = bridge(&name, network, writing);
            entries.push((name, Out::Map(keys)));
        }
    }
    lose_lonely_uplinks(writing);
    Out::Map(entries)
}

fn keys_of(id: NodeId, node: &Node, is_managed: bool, writing: &mut Writing<'_>) -> Keys {
    let path = format!("topology.nodes.{}", node.name);
    let mut keys = match &node.kind {
        NodeKind::Docker(settings) => container::keys(&path, node, settings, writing),
        NodeKind::Netns(settings) => netns(&path, node, settings, writing),
        NodeKind::Other(other) => kept(&path, other, writing),
    };
    if !node.labels.is_empty() {
        keys.push(("labels".into(), Out::texts(&node.labels)));
    }
    if is_managed {
        keys.extend(addresses(id, &path, writing));
    } else if opts_out(node, &keys) {
        keys.push(("network-mode".into(), Out::word("none")));
    }
    if !node.icon.is_empty() {
        writing.lose(&path, &node.icon, "an icon has no place in the file", KEEP);
    }
    writing.lose_extra(&path, &node.extra, &[]);
    keys
}

/// Whether containerlab would put the node on a network that it is not on.
fn opts_out(node: &Node, keys: &Keys) -> bool {
    let says = keys.iter().any(|(key, _)| key == "network-mode");
    let others = matches!(&node.kind, NodeKind::Other(other)
        if crate::containerlab::nodes::is_unmanaged(&other.original)
            || node.interfaces.values().any(|eth| eth.name == "eth0"));
    !says && !others
}

fn addresses(id: NodeId, path: &str, writing: &mut Writing<'_>) -> Keys {
    let lab = writing.lab;
    let eth0 = lab
        .nodes
        .get(&id)
        .and_then(|node| node.interfaces.get(&IfaceIndex::FIRST));
    let mut keys = Keys::new();
    for address in eth0.into_iter().flat_map(|eth| &eth.addresses) {
        let address = address.0.addr();
        let key = if address.is_ipv4() {
            "mgmt-ipv4"
        } else {
            "mgmt-ipv6"
        };
        if keys.iter().any(|(known, _)| known == key) {
            let why = "a node has one address of a family there";
            writing.lose(&format!("{path}.{key}"), &address.to_string(), why, KEEP);
        } else {
            keys.push((key.into(), Out::word(&address.to_string())));
        }
    }
    keys
}

/// A container over an image like the programs that the node has here.
fn netns(path: &str, node: &Node, settings: &NetnsNode, writing: &mut Writing<'_>) -> Keys {
    let why = "it runs over this host's own programs here, and is a container there";
    writing.lose(
        path,
        &node.template,
        why,
        "build the image with nova-ve image build",
    );
    for process in &settings.processes {
        let why = "a container runs the program of its image";
        let cure = "start it by exec";
        writing.lose(path, &process.argv.join(" "), why, cure);
    }
    let like = model::lab::DockerNode {
        hostname: settings.hostname.clone(),
        gateways: settings.gateways.clone(),
        routes: settings.routes.clone(),
        ip_forward: settings.ip_forward,
        env: settings.env.clone(),
        files: settings.files.clone(),
        binds: settings.binds.clone(),
        exec: settings.exec.clone(),
        restart: model::lab::OnEnd(model::lab::RestartPolicy::Always),
        extra: settings.extra.clone(),
        ..model::lab::DockerNode::default()
    };
    container::keys(path, node, &like, writing)
}

/// All that was kept of it.
fn kept(path: &str, other: &OtherNode, writing: &mut Writing<'_>) -> Keys {
    let mut keys = vec![("kind".to_owned(), Out::word(&other.original))];
    for (key, value) in &other.extra {
        keys.push((key.clone(), Out::of_json(value)));
        if !NODE_KEYS.iter().any(|(known, _)| known == key) {
            let why = "containerlab knows no such key";
            let cure = "take it out of the file before containerlab reads it";
            writing.lose(&format!("{path}.{key}"), &value.to_string(), why, cure);
        }
    }
    keys
}

fn bridge(name: &str, network: &Network, writing: &mut Writing<'_>) -> Keys {
    let path = format!("topology.nodes.{name}");
    let mut keys = kept_keys(&network.extra, &["kind"]);
    if keys.is_empty() {
        keys.push(("kind".into(), Out::word("bridge")));
    }
    keys.extend(kept_keys(&network.extra, &["labels"]));
    if name != network.name {
        let why = format!("containerlab takes no such name; it is {name} in the file");
        writing.lose(&path, &network.name, &why, "rename the network");
    }
    if network.gateway.is_some() {
        let why = "a bridge of containerlab's has no gateway";
        writing.lose(&path, "gateway", why, KEEP);
    }
    writing.lose_extra(&path, &network.extra, &[]);
    keys
}

/// A network with an interface of the host is there only as the other end of a link.
fn lose_lonely_uplinks(writing: &mut Writing<'_>) {
    let lab = writing.lab;
    for (id, network) in &lab.networks {
        let Some(uplink) = &network.uplink else {
            continue;
        };
        let end = model::End::Network(*id);
        if !lab.links.values().any(|link| link.ends().contains(&end)) {
            let why = "no link leads to it, and the file has it only in links";
            writing.lose("topology.links", uplink, why, "link a node to it");
        }
        if network.name != *uplink {
            let why = format!("the file calls it {uplink}, as the interface");
            writing.lose(
                "topology.links",
                &network.name,
                &why,
                "nothing is to be done",
            );
        }
    }
}
