//! What a link says besides its ends: MTU, addresses, hardware addresses, labels, variables.

use ipnet::IpNet;
use model::lab::Address;
use model::limits;
use model::spec::MTU;
use serde_json::{Map, Value};

use super::ends::Side;
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

/// Labels and variables, which are the link's own and mean nothing here.
pub fn of_link(link: Node<'_>, reading: &mut Reading<'_>) -> Map<String, Value> {
    let mut extra = Map::new();
    for key in ["labels", "vars"] {
        if let Some(node) = link.get(key) {
            reading.ledger.take(node);
            if !node.is_leaf() {
                extra.insert(key.into(), node.to_json());
            }
        }
    }
    extra
}

/// What the link says of its interfaces.
pub fn of_interfaces(link: Node<'_>, sides: &[Side], reading: &mut Reading<'_>) {
    let mtu = link.given("mtu").and_then(|node| {
        reading.ledger.take(node);
        mtu_of(node, reading)
    });
    let members = |key: &str| -> Vec<Node<'_>> {
        let list = link.get(key).into_iter();
        list.flat_map(Node::children).collect()
    };
    let (ends, lists) = (members("endpoints"), ["ipv4", "ipv6"].map(members));
    let mut named = [false; 2];
    for side in sides {
        let Side::Interface { place, .. } = *side else {
            continue;
        };
        let mut found = Found {
            mtu,
            ..Found::default()
        };
        if let Some(named) = named.get_mut(place) {
            *named = true;
        }
        let of_link = lists.iter().filter_map(|list| list.get(place));
        of_link.for_each(|node| found.address(*node, reading));
        let own = ends.get(place).copied().or_else(|| link.given("endpoint"));
        if let Some(own) = own.filter(|own| own.is_map()) {
            found.of_end(own, reading);
        }
        found.put(side, reading);
    }
    lose_leftovers(link, &lists, named, reading);
}

/// Addresses for ends that are no interface.
fn lose_leftovers(
    link: Node<'_>,
    lists: &[Vec<Node<'_>>; 2],
    named: [bool; 2],
    reading: &mut Reading<'_>,
) {
    for (n, node) in lists.iter().flat_map(|list| list.iter().enumerate()) {
        let says = !text(*node).is_empty() && !node.is_null();
        if !named.get(n).copied().unwrap_or_default() {
            let why = "there is no interface that could have it";
            if says {
                reading
                    .ledger
                    .lose(*node, why, "list one for each endpoint");
            } else {
                reading.ledger.take(*node);
            }
        }
    }
    for key in ["ipv4", "ipv6"] {
        if let Some(list) = link.get(key).filter(|list| list.is_leaf()) {
            reading.ledger.take(list);
        }
    }
    // Of links that are not made.
    for key in ["labels", "vars"] {
        if let Some(node) = link.get(key) {
            reading.ledger.take(node);
        }
    }
}

#[derive(Default)]
struct Found {
    mtu: Option<u32>,
    addresses: Vec<Address>,
    mac: Option<model::Mac>,
    vars: Option<Value>,
}

impl Found {
    fn of_end(&mut self, end: Node<'_>, reading: &mut Reading<'_>) {
        for key in ["ipv4", "ipv6"] {
            if let Some(node) = end.given(key) {
                self.address(node, reading);
            }
        }
        if let Some(node) = end.given("mac") {
            reading.ledger.take(node);
            match text(node).trim().parse() {
                Ok(mac) => self.mac = Some(mac),
                Err(error) => {
                    let error: model::id::IdError = error;
                    let why = format!("{error}; the interface gets one of nova-ve's own");
                    reading
                        .ledger
                        .lose(node, why, "write one that a device can have");
                }
            }
        }
        if let Some(node) = end.get("vars") {
            reading.ledger.take(node);
            self.vars = (!node.is_leaf()).then(|| node.to_json());
        }
    }

    fn address(&mut self, node: Node<'_>, reading: &mut Reading<'_>) {
        reading.ledger.take(node);
        let written = text(node);
        if written.is_empty() {
            return;
        }
        let net: Option<IpNet> = written.trim().parse().ok();
        match net {
            Some(net) if !net.addr().is_unspecified() && !net.addr().is_multicast() => {
                let address = Address(net);
                if !self.addresses.contains(&address) {
                    self.addresses.push(address);
                }
            }
            Some(_) | None => {
                let why = "it is no address with its prefix length";
                reading.ledger.lose(node, why, "write it as 10.0.0.1/24");
            }
        }
    }

    fn put(self, side: &Side, reading: &mut Reading<'_>) {
        let Side::Interface {
            node, interface, ..
        } = side
        else {
            return;
        };
        let node = reading.lab.nodes.get_mut(node);
        let Some(eth) = node.and_then(|node| node.interfaces.get_mut(interface)) else {
            return;
        };
        eth.mtu = self.mtu;
        eth.mac = self.mac;
        eth.addresses = self.addresses;
        if let Some(vars) = self.vars {
            eth.extra.insert("vars".into(), vars);
        }
    }
}

/// The MTU of a link or a network: what all our devices have is the usual one of containerlab too.
pub fn mtu_of(node: Node<'_>, reading: &mut Reading<'_>) -> Option<u32> {
    let mtu: u32 = reading.number(node, "a number of bytes")?;
    if mtu > MTU || (mtu != 0 && mtu < limits::MTU_MIN) {
        let why = format!("an interface has from {} to {MTU} bytes", limits::MTU_MIN);
        reading.ledger.lose(node, why, "choose one of these");
        return None;
    }
    (mtu != 0).then_some(mtu)
}
