//! Each node's `eth0` on the management network.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use model::lab::{Address, Interface, Subnet};
use model::{End, IfaceIndex};

use super::Net;
use crate::containerlab::nodes::{Place, Placed, Places};
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

const NAME: &str = "eth0";

/// After the links of the file, which may have taken a node's `eth0`.
pub fn join_nodes(net: Option<&Net>, places: &Places<'_>, reading: &mut Reading<'_>) {
    let mut members: Vec<&Placed<'_>> = places
        .values()
        .filter_map(|place| match place {
            Place::Node(member) => Some(member),
            Place::Network(_) | Place::Host => None,
        })
        .collect();
    members.sort_by_key(|member| member.id);
    let mut taken = BTreeMap::new();
    for node in members {
        match net {
            Some(net) if node.managed && !has_own(node, reading) => {
                join(net, node, &mut taken, reading);
            }
            Some(_) | None => lose_addresses(node, reading),
        }
    }
}

/// Whether a link of the file leads to its `eth0`.
fn has_own(member: &Placed<'_>, reading: &mut Reading<'_>) -> bool {
    let node = reading.lab.nodes.get(&member.id);
    let has = node.is_some_and(|node| node.interfaces.values().any(|eth| eth.name == NAME));
    if has {
        let why = "it is an end of a link, and the node is not on the management network";
        let cure = "say network-mode: none, or use another interface for the link";
        reading.ledger.remark(member.def.own, NAME, why, cure);
    }
    has
}

fn lose_addresses(member: &Placed<'_>, reading: &mut Reading<'_>) {
    if reading.options.as_netns && member.def.kind == "linux" {
        return;
    }
    for key in ["mgmt-ipv4", "mgmt-ipv6"] {
        if let Some(node) = member.def.only_own(key, &mut reading.ledger) {
            let why = "the node is not on a management network";
            reading
                .ledger
                .lose(node, why, "give the address to an interface of a link");
        }
    }
}

fn join(
    net: &Net,
    member: &Placed<'_>,
    taken: &mut BTreeMap<IpAddr, String>,
    reading: &mut Reading<'_>,
) {
    let mut addresses = Vec::new();
    for (key, subnet) in [("mgmt-ipv4", net.ipv4), ("mgmt-ipv6", net.ipv6)] {
        if let Some(node) = member.def.only_own(key, &mut reading.ledger) {
            addresses.extend(address(node, subnet, member.def.name, taken, reading));
        }
    }
    let eth0 = Interface {
        name: NAME.into(),
        mtu: net.mtu,
        addresses,
        ..Interface::default()
    };
    let index = IfaceIndex::FIRST;
    if let Some(node) = reading.lab.nodes.get_mut(&member.id) {
        node.interfaces.insert(index, eth0);
    }
    let a = End::Interface {
        node: member.id,
        interface: index,
    };
    let ends = [a, End::Network(net.id)];
    reading.add_link(member.def.own, ends, serde_json::Map::new());
}

fn address(
    node: Node<'_>,
    subnet: Subnet,
    name: &str,
    taken: &mut BTreeMap<IpAddr, String>,
    reading: &mut Reading<'_>,
) -> Option<Address> {
    let written = text(node);
    let Ok(address) = written.trim().parse::<IpAddr>() else {
        let message = format!("{written:?} is no address; write one without a prefix length");
        reading.ledger.wrong(node, "address_odd", message);
        return None;
    };
    let Subnet::At(net) = subnet else {
        let why = "the subnet is chosen when the lab starts, and the address with it";
        reading
            .ledger
            .lose(node, why, "give mgmt a subnet that has the address");
        return None;
    };
    if !net.contains(&address) || address == net.addr() {
        let why = format!("a node of {net} cannot have it");
        reading
            .ledger
            .lose(node, why, "choose another address, or another subnet");
        return None;
    }
    if let Some(other) = taken.insert(address, name.to_owned()) {
        let message = format!("{address} is the address of {other} already; give one another");
        reading.ledger.wrong(node, "address_twice", message);
    }
    IpNet::new(address, net.prefix_len()).ok().map(Address)
}
