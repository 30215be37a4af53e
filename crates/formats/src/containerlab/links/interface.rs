//! The interface that an end names, made when it is not there.

use model::lab::Interface;
use model::{IfaceIndex, Node, NodeKind, limits};
use serde_json::json;

use super::ends::Written;
use crate::containerlab::aliases;
use crate::containerlab::nodes::Placed;
use crate::containerlab::reading::Reading;
use crate::containerlab::top::{keep_in, kept};

/// Where the name that the file has for it is kept.
pub const WRITTEN: &str = "name";

pub fn of(placed: &Placed<'_>, end: &Written<'_>, reading: &mut Reading<'_>) -> Option<IfaceIndex> {
    let kind = placed.def.kind.as_str();
    let node = reading.lab.nodes.get_mut(&placed.id)?;
    let device = aliases::in_container(kind, end.interface);
    if let Some(index) = known(kind, node, device.as_deref(), end.interface) {
        return Some(index);
    }
    let device = device.unwrap_or_else(|| free_name(end.interface, node));
    let Some(index) = number_in(&device, node).or_else(|| free_index(node)) else {
        let message = format!("{} has more than 100 interfaces", node.name);
        reading.ledger.wrong(end.at, "too_many", message);
        return None;
    };
    let mut eth = Interface {
        name: device,
        ..Interface::default()
    };
    let runs = !matches!(node.kind, NodeKind::Other(_));
    let renamed = (name_on_paper(kind, &eth) != end.interface).then(|| eth.name.clone());
    if renamed.is_some() {
        keep_in(&mut eth.extra, WRITTEN, json!(end.interface));
    }
    node.interfaces.insert(index, eth);
    if let Some(device) = renamed.filter(|_| runs) {
        let what = format!("the interface name {}", end.interface);
        let why = format!("it is called {device} here, as the kernel takes no such name");
        let cure = "use that name in the node";
        reading.ledger.remark(end.at, what, why, cure);
    }
    reading.comes_from(format!("nodes/{}/interfaces/{index}", placed.id), end.at);
    Some(index)
}

/// The interface that is there already under one of its names.
fn known(kind: &str, node: &Node, device: Option<&str>, written: &str) -> Option<IfaceIndex> {
    let is_it = |eth: &Interface| match device {
        Some(device) => eth.name == device,
        None => name_on_paper(kind, eth) == written || eth.name == written,
    };
    let mut found = node.interfaces.iter().filter(|(_, eth)| is_it(eth));
    found.next().map(|(index, _)| *index)
}

/// How a topology file calls the interface.
pub fn name_on_paper(kind: &str, eth: &Interface) -> String {
    if let Some(written) = kept(&eth.extra, WRITTEN).and_then(|name| name.as_str()) {
        return written.to_owned();
    }
    aliases::on_paper(kind, &eth.name).unwrap_or_else(|| eth.name.clone())
}

/// A name that the kernel can take, and that no other interface of the node has.
fn free_name(written: &str, node: &Node) -> String {
    let most = limits::INTERFACE_NAME_MAX_BYTES;
    let plain = written.replace(['/', ':', ' ', '%', '"', '\\'], "-");
    if plain == written && written.len() <= most {
        return plain;
    }
    let cut = |len: usize| -> String {
        let mut short = String::new();
        for c in plain.chars().filter(char::is_ascii_graphic) {
            if short.len() < len {
                short.push(c);
            }
        }
        short
    };
    let is_free = |name: &String| node.interfaces.values().all(|eth| eth.name != *name);
    let more = (2..=100).map(|n| format!("{}-{n}", cut(most - 4)));
    std::iter::once(cut(most))
        .chain(more)
        .find(is_free)
        .unwrap_or(plain)
}

/// `eth7` is interface 7, when that is free.
fn number_in(name: &str, node: &Node) -> Option<IfaceIndex> {
    let index: IfaceIndex = name.strip_prefix("eth")?.parse().ok()?;
    (!node.interfaces.contains_key(&index)).then_some(index)
}

/// The first is left to the management network.
fn free_index(node: &Node) -> Option<IfaceIndex> {
    (1..=u64::from(IfaceIndex::MAX))
        .filter_map(|n| IfaceIndex::try_from(n).ok())
        .find(|index| !node.interfaces.contains_key(index))
}
