//! The ends of a link as the file writes them.

use model::lab::Interface;
use model::{End, Lab, Link, LinkId, Node, NodeKind};
use serde_json::Value;

use super::nodes::Keys;
use super::out::Out;
use super::{Writing, management};
use crate::containerlab::links::name_on_paper;
use crate::containerlab::reading::usual_port;
use crate::containerlab::top::kept;

pub enum Ends {
    /// `r1:eth1`
    Brief(String, String),
    /// All keys of a link of a type.
    Extended(Keys),
}

pub fn of(id: LinkId, link: &Link, writing: &mut Writing<'_>) -> Ends {
    let plain = link
        .ends()
        .into_iter()
        .all(|end| is_plain(end, writing.lab));
    let ends = [link.a, link.b].map(|end| brief(id, end, link, writing.lab, &writing.bridges));
    if plain {
        let [a, b] = ends;
        return Ends::Brief(a, b);
    }
    let own = [link.a, link.b].map(|end| endpoint(end, writing));
    match own {
        [Some(a), Some(b)] => extended(
            "veth",
            vec![(
                "endpoints".into(),
                Out::List(vec![Out::Map(a), Out::Map(b)]),
            )],
        ),
        [Some(a), None] => to_network(a, &ends[1]),
        [None, Some(b)] => to_network(b, &ends[0]),
        [None, None] => extended("veth", Vec::new()),
    }
}

fn extended(kind: &str, mut keys: Keys) -> Ends {
    keys.insert(0, ("type".into(), Out::word(kind)));
    Ends::Extended(keys)
}

/// An end with keys of its own at a network, which is a special name or a bridge.
fn to_network(end: Keys, other: &str) -> Ends {
    let (name, port) = other.split_once(':').unwrap_or((other, ""));
    if matches!(name, "macvlan" | "mgmt-net") {
        let endpoint = ("endpoint".to_owned(), Out::Map(end));
        return extended(
            name,
            vec![endpoint, ("host-interface".into(), Out::word(port))],
        );
    }
    let bridge = vec![
        ("node".to_owned(), Out::word(name)),
        ("interface".into(), Out::word(port)),
    ];
    let ends = Out::List(vec![Out::Map(end), Out::Map(bridge)]);
    extended("veth", vec![("endpoints".into(), ends)])
}

fn interface(end: End, lab: &Lab) -> Option<(&Node, &Interface)> {
    match end {
        End::Interface { node, interface } => {
            let node = lab.nodes.get(&node)?;
            Some((node, node.interfaces.get(&interface)?))
        }
        End::Network(_) => None,
    }
}

/// Whether a brief link can say all of it.
fn is_plain(end: End, lab: &Lab) -> bool {
    interface(end, lab).is_none_or(|(_, eth)| eth.mac.is_none() && !eth.extra.contains_key("vars"))
}

fn name_of(node: &Node, eth: &Interface) -> String {
    let kind = match &node.kind {
        NodeKind::Other(other) => other.original.as_str(),
        NodeKind::Docker(_) | NodeKind::Netns(_) => "linux",
    };
    name_on_paper(kind, eth)
}

fn brief(
    id: LinkId,
    end: End,
    link: &Link,
    lab: &Lab,
    bridges: &std::collections::BTreeMap<model::NetworkId, String>,
) -> String {
    if let Some((node, eth)) = interface(end, lab) {
        return format!("{}:{}", node.name, name_of(node, eth));
    }
    let End::Network(network) = end else {
        return String::new();
    };
    let port = kept(&link.extra, "port").and_then(Value::as_str);
    let port = port.map_or_else(|| usual_port(id.into()), str::to_owned);
    if management::network(lab).is_some_and(|(id, ..)| id == network) {
        return format!("mgmt-net:{port}");
    }
    if let Some(bridge) = bridges.get(&network) {
        return format!("{bridge}:{port}");
    }
    let network = lab.networks.get(&network);
    let uplink = network.and_then(|network| network.uplink.clone());
    format!("macvlan:{}", uplink.unwrap_or_default())
}

/// An interface with its own keys; `None` of a network.
pub fn endpoint(end: End, writing: &mut Writing<'_>) -> Option<Keys> {
    let lab = writing.lab;
    let (node, eth) = interface(end, lab)?;
    let mut keys = vec![
        ("node".to_owned(), Out::word(&node.name)),
        ("interface".into(), Out::word(&name_of(node, eth))),
    ];
    keys.extend(
        eth.mac
            .map(|mac| ("mac".to_owned(), Out::word(&mac.to_string()))),
    );
    for (key, is_v6) in [("ipv4", false), ("ipv6", true)] {
        if let Some(address) = address(eth, is_v6) {
            keys.push((key.into(), Out::word(&address)));
        }
    }
    if let Some(vars) = eth.extra.get("vars") {
        keys.push(("vars".into(), Out::of_json(vars)));
    }
    Some(keys)
}

fn address(eth: &Interface, is_v6: bool) -> Option<String> {
    let mut of_family = eth
        .addresses
        .iter()
        .filter(|address| address.0.addr().is_ipv6() == is_v6);
    of_family.next().map(|address| address.0.to_string())
}

/// Addresses of a brief link: one for each end, or nothing.
pub fn lists(link: &Link, lab: &Lab) -> Keys {
    let mut keys = Keys::new();
    for (key, is_v6) in [("ipv4", false), ("ipv6", true)] {
        let of = |end: End| interface(end, lab).and_then(|(_, eth)| address(eth, is_v6));
        let list = link.ends().map(of);
        if list.iter().any(Option::is_some) {
            let words = list.into_iter().map(Option::unwrap_or_default).collect();
            keys.push((key.into(), Out::Line(words)));
        }
    }
    keys
}

/// What no link of a topology file says of an interface.
pub fn lose_rest(writing: &mut Writing<'_>) {
    let lab = writing.lab;
    for node in lab.nodes.values() {
        let path = format!("topology.nodes.{}", node.name);
        for eth in node.interfaces.values() {
            let more = |is_v6: bool| {
                let of_family = eth
                    .addresses
                    .iter()
                    .filter(|address| address.0.addr().is_ipv6() == is_v6);
                of_family.count() > 1
            };
            if more(false) || more(true) {
                let why =
                    "an end of a link has one address of a family; the others are not written";
                writing.lose(&path, &eth.name, why, "add them by exec");
            }
            writing.lose_extra(&path, &eth.extra, &["vars"]);
        }
        let runs = !matches!(node.kind, NodeKind::Other(_));
        let mut data = node.interfaces.values().filter(|eth| eth.name != "eth0");
        if runs && data.any(|eth| !eth.addresses.is_empty()) {
            let why =
                "containerlab sets the addresses of links in some kinds only, and not in linux";
            let cure =
                "add `ip addr add` to exec for use with containerlab; nova-ve reads them back";
            writing.lose(&path, "addresses", why, cure);
        }
    }
}
