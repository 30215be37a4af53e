//! Links in brief form, `["r1:eth1", "r2:eth1"]`; interfaces are made as links name them.

use std::collections::BTreeMap;

use model::{End, IfaceIndex, Interface, Lab, Link, LinkState, Node, NodeKind};

use super::Reading;
use super::file::{LinkDef, short};
use super::node::Place;

/// Names that stand for something outside of the lab.
const OUTSIDE: [&str; 3] = ["host", "mgmt-net", "macvlan"];

pub fn add_links(
    links: &[LinkDef],
    places: &BTreeMap<String, Place>,
    lab: &mut Lab,
    reading: &mut Reading<'_>,
) {
    for (n, link) in links.iter().enumerate() {
        let at = format!("topology.links[{n}]");
        if let Some(ends) = ends(&at, link, places, lab, reading) {
            add_link(&at, ends, lab, reading);
            for (key, value) in &link.rest {
                let why = "this version does not read it";
                reading.lose(&format!("{at}.{key}"), short(value), why);
            }
        }
    }
}

fn add_link(at: &str, [a, b]: [End; 2], lab: &mut Lab, reading: &mut Reading<'_>) {
    let both = [a, b]
        .iter()
        .all(|end| matches!(end, End::Interface { .. }));
    let network = if both { lab.next_network_id() } else { None };
    let Some(id) = lab.next_link_id() else {
        reading.wrong(at, "too_many", "there are more links than numbers for them");
        return;
    };
    let (state, extra) = (LinkState::Up, serde_json::Map::new());
    lab.links.insert(
        id,
        Link {
            id,
            a,
            b,
            network,
            state,
            extra,
        },
    );
}

/// Both ends, their interfaces made; `None` after a loss or a problem was named.
fn ends(
    at: &str,
    link: &LinkDef,
    places: &BTreeMap<String, Place>,
    lab: &mut Lab,
    reading: &mut Reading<'_>,
) -> Option<[End; 2]> {
    if let Some(kind) = &link.kind {
        let why = "only links in brief form are read; write endpoints: [\"a:eth1\", \"b:eth1\"]";
        reading.lose(at, format!("a link of type {kind}"), why);
        return None;
    }
    let [a, b] = link.endpoints.as_slice() else {
        let message = format!("a link has two endpoints, not {}", link.endpoints.len());
        reading.wrong(at, "endpoints_odd", message);
        return None;
    };
    let names = [a, b].map(|end| end.split_once(':'));
    let [Some(a), Some(b)] = names else {
        reading.wrong(at, "endpoints_odd", "an endpoint is written node:interface");
        return None;
    };
    let outside = [a, b].iter().any(|(node, _)| {
        !places.contains_key(*node) && OUTSIDE.contains(&node.trim().to_lowercase().as_str())
    });
    if outside {
        let why = "it leads out of the lab, to the host; lab networks are closed";
        reading.lose(at, link.endpoints.join(" – "), why);
        return None;
    }
    let a = end(at, a, places, lab, reading);
    let b = end(at, b, places, lab, reading);
    Some([a?, b?])
}

fn end(
    at: &str,
    (name, interface): (&str, &str),
    places: &BTreeMap<String, Place>,
    lab: &mut Lab,
    reading: &mut Reading<'_>,
) -> Option<End> {
    match places.get(name) {
        None => {
            let message =
                format!("there is no node {name:?} in the file; check the endpoint's name");
            reading.wrong(at, "no_such_node", message);
            None
        }
        Some(Place::Network(id)) => Some(End::Network(*id)),
        Some(Place::Node(id)) => {
            let node = lab.nodes.get_mut(id)?;
            let index = interface_of(at, node, interface, reading)?;
            Some(End::Interface {
                node: *id,
                interface: index,
            })
        }
    }
}

/// The interface of this name, made if it is not there.
fn interface_of(
    at: &str,
    node: &mut Node,
    name: &str,
    reading: &mut Reading<'_>,
) -> Option<IfaceIndex> {
    let runs = matches!(node.kind, NodeKind::Netns(_));
    let device = if runs {
        name.to_owned()
    } else {
        device_name(name)
    };
    if device != name {
        let why = format!("it is called {device} here, as the kernel takes no such name");
        reading.lose(at, format!("the interface name {name}"), &why);
    }
    if let Some((index, _)) = node.interfaces.iter().find(|(_, eth)| eth.name == device) {
        return Some(*index);
    }
    let Some(index) = number_in(&device, node).or_else(|| node.next_interface()) else {
        reading.wrong(
            at,
            "too_many",
            format!("{} has more than 100 interfaces", node.name),
        );
        return None;
    };
    node.interfaces.insert(
        index,
        Interface {
            name: device,
            ..Interface::default()
        },
    );
    Some(index)
}

/// `eth7` is interface 7, when that is free.
fn number_in(name: &str, node: &Node) -> Option<IfaceIndex> {
    let digits = name.strip_prefix("eth")?;
    let index: IfaceIndex = digits.parse().ok()?;
    (!node.interfaces.contains_key(&index)).then_some(index)
}

/// Vendors' names such as `Gi0/0/0/1`, as the kernel can take them.
fn device_name(name: &str) -> String {
    name.replace(['/', ':', ' '], "-")
        .chars()
        .take(15)
        .collect()
}
