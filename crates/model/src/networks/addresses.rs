//! Who has which address on a management network.
//!
//! A node's first interface there gets the place of its node's number, so that nodes which come and go
//! take nobody's address away. Whoever finds his place taken (a second interface, a number beyond the
//! network's size, an address given by hand) gets the last that is free.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::{Chosen, ports_on};
use crate::id::NetworkId;
use crate::lab::Address;
use crate::seen::PortId;
use crate::spec::LabSpec;

/// Of a network that is larger only so many are given.
const MOST: u64 = 1 << 16;

/// What each interface on the network gets that has no address of a family; the families of a subnet
/// that is full are missing.
pub fn management_addresses(
    spec: &LabSpec,
    network: NetworkId,
    chosen: &Chosen,
) -> BTreeMap<PortId, Vec<Address>> {
    let mut all: BTreeMap<PortId, Vec<Address>> = BTreeMap::new();
    for net in chosen.all() {
        for (port, address) in of_family(spec, network, net) {
            all.entry(port).or_default().push(address);
        }
    }
    all
}

fn of_family(spec: &LabSpec, network: NetworkId, net: IpNet) -> BTreeMap<PortId, Address> {
    let is_v6 = net.addr().is_ipv6();
    let given = |port: &PortId| own_addresses(spec, *port).any(|ip| ip.is_ipv6() == is_v6);
    let wanting: Vec<PortId> = ports_on(spec, network)
        .into_iter()
        .filter(|port| !given(port))
        .collect();
    let mut taken = given_by_hand(spec);
    taken.insert(net.addr());
    let mut found = BTreeMap::new();
    let mut others = Vec::new();
    for (at, port) in wanting.iter().enumerate() {
        let is_first = at == 0 || wanting[at - 1].node != port.node;
        let place = u64::from(port.node.get()) + 1;
        match address_at(net, place).filter(|ip| is_first && !taken.contains(ip)) {
            Some(ip) => {
                taken.insert(ip);
                found.insert(*port, ip);
            }
            None => others.push(*port),
        }
    }
    let mut last = (1..=places(net)).rev();
    for port in others {
        let free = last.by_ref().filter_map(|place| address_at(net, place));
        if let Some(ip) = { free }.find(|ip| !taken.contains(ip)) {
            found.insert(port, ip);
        }
    }
    let with_length =
        |ip| IpNet::new(ip, net.prefix_len()).expect("the length is that of a network");
    found
        .into_iter()
        .map(|(port, ip)| (port, Address(with_length(ip))))
        .collect()
}

/// On whatever network: an address is one node's.
fn given_by_hand(spec: &LabSpec) -> BTreeSet<IpAddr> {
    let interfaces = spec
        .nodes
        .values()
        .flat_map(|node| node.interfaces.values());
    let addresses = interfaces.flat_map(|interface| &interface.addresses);
    addresses.map(|address| address.0.addr()).collect()
}

fn own_addresses(spec: &LabSpec, port: PortId) -> impl Iterator<Item = IpAddr> {
    let interface = spec
        .nodes
        .get(&port.node)
        .and_then(|node| node.interfaces.get(&port.interface));
    let addresses = interface.into_iter().flat_map(|own| &own.addresses);
    addresses.map(|address| address.0.addr())
}

/// How many addresses there are between the network's own and, of IPv4, its broadcast address.
fn places(net: IpNet) -> u64 {
    let bits = u32::from(net.max_prefix_len() - net.prefix_len()).min(u64::BITS - 1);
    let special = if net.addr().is_ipv4() { 2 } else { 1 };
    ((1_u64 << bits) - special).min(MOST)
}

fn address_at(net: IpNet, place: u64) -> Option<IpAddr> {
    if !(1..=places(net)).contains(&place) {
        return None;
    }
    Some(match net.network() {
        IpAddr::V4(base) => {
            let place = u32::try_from(place).ok()?;
            IpAddr::V4((u32::from(base) + place).into())
        }
        IpAddr::V6(base) => IpAddr::V6((u128::from(base) + u128::from(place)).into()),
    })
}
