//! The lab's management network: a shared network with this host on it, where each node's `eth0` is.
//!
//! It is on unless every node opts out. A subnet that the file does not name is chosen when the lab starts, but
//! for files that give nodes addresses in containerlab's own: those get that one.

mod join;

use std::net::IpAddr;

use ipnet::IpNet;
use model::NetworkId;
use model::lab::{Gateway, Subnet};

use super::nodes::{Place, Places};
use super::reading::{Reading, text};
use crate::yaml::Node;

pub use join::join_nodes;

/// containerlab's own.
const NAME: &str = "clab";
const IPV4: &str = "172.20.20.0/24";
const IPV6: &str = "3fff:172:20:20::/64";

#[derive(Debug)]
pub struct Net {
    pub id: NetworkId,
    ipv4: Subnet,
    ipv6: Subnet,
    mtu: Option<u32>,
}

pub fn add_network(root: Node<'_>, places: &Places<'_>, reading: &mut Reading<'_>) -> Option<Net> {
    let mgmt = root.get("mgmt");
    let is_managed = |place: &Place<'_>| matches!(place, Place::Node(member) if member.managed);
    let wanted = places.values().any(is_managed) || links_to_it(root);
    if reading.options.as_netns || !wanted {
        if let Some(mgmt) = mgmt {
            let why = "there is no management network, as no node is on one";
            let cure = "import with containers, or reach nodes by their consoles";
            reading.ledger.lose_each(mgmt, why, cure);
        }
        return None;
    }
    let usual = |key, net| explicit(places, key).then_some(net);
    let ipv4 = subnet(mgmt, "ipv4", usual("mgmt-ipv4", IPV4), reading);
    let ipv6 = subnet(mgmt, "ipv6", usual("mgmt-ipv6", IPV6), reading);
    let (mtu, name) = (mtu(mgmt, reading), name(mgmt, reading));
    let gateway = Gateway {
        ipv4: Some(ipv4),
        ipv6: Some(ipv6),
        dhcp: true,
        dns: true,
        outward: outward(mgmt, reading),
        management: true,
    };
    let (id, network) = reading.add_network(mgmt.unwrap_or(root), &name)?;
    network.gateway = Some(gateway);
    lose_the_rest(mgmt, reading);
    Some(Net {
        id,
        ipv4,
        ipv6,
        mtu,
    })
}

/// Whether nodes reach what the host reaches, which they do unless the file says no.
fn outward(mgmt: Option<Node<'_>>, reading: &mut Reading<'_>) -> bool {
    let Some(node) = mgmt.and_then(|mgmt| mgmt.given("external-access")) else {
        return true;
    };
    reading.ledger.take(node);
    reading.flag(node).unwrap_or(true)
}

fn links_to_it(root: Node<'_>) -> bool {
    let links = root
        .given("topology")
        .and_then(|topology| topology.get("links"));
    let is_it = |text: &str| text.trim().to_lowercase().starts_with("mgmt-net");
    let mut links = links.into_iter().flat_map(Node::children);
    links.any(|link| {
        let kind = link.given("type").and_then(Node::text);
        let ends = link.get("endpoints").into_iter().flat_map(Node::children);
        kind.is_some_and(is_it) || ends.filter_map(Node::text).any(is_it)
    })
}

fn explicit(places: &Places<'_>, key: &str) -> bool {
    places.values().any(|place| match place {
        Place::Node(member) => member.managed && member.def.own.given(key).is_some(),
        Place::Network(_) | Place::Host => false,
    })
}

/// The bridge's name says how people call the network, when nothing else does.
fn name(mgmt: Option<Node<'_>>, reading: &mut Reading<'_>) -> String {
    let given = |key: &str| mgmt.and_then(|mgmt| mgmt.given(key));
    let (network, bridge) = (given("network"), given("bridge"));
    for node in [network, bridge].into_iter().flatten() {
        reading.ledger.take(node);
    }
    match (network, bridge) {
        (Some(network), Some(bridge)) => {
            let why = "the device on the host has a name of nova-ve's own";
            let cure = "find it by the lab's network, as nova-ve shows it";
            reading.ledger.lose(bridge, why, cure);
            text(network)
        }
        (Some(name), None) | (None, Some(name)) => text(name),
        (None, None) => NAME.into(),
    }
}

/// The host's address and the size of the network, of one family.
fn subnet(
    mgmt: Option<Node<'_>>,
    family: &str,
    usual: Option<&str>,
    reading: &mut Reading<'_>,
) -> Subnet {
    let given = |key: String| mgmt.and_then(|mgmt| mgmt.given(&key));
    let (net, gateway) = (
        given(format!("{family}-subnet")),
        given(format!("{family}-gw")),
    );
    let mut subnet = Subnet::Auto;
    if let Some(node) = net {
        reading.ledger.take(node);
        match text(node).trim().parse() {
            Ok(found) => subnet = found,
            Err(error) => {
                let error: model::lab::SubnetError = error;
                reading.ledger.wrong(node, "subnet_odd", error.to_string());
            }
        }
    } else if let Some(usual) = usual {
        subnet = usual.parse().unwrap_or(Subnet::Auto);
    }
    match gateway {
        Some(node) => with_gateway(subnet, node, reading),
        None => subnet,
    }
}

/// The subnet with the host at another address than its first.
fn with_gateway(subnet: Subnet, node: Node<'_>, reading: &mut Reading<'_>) -> Subnet {
    reading.ledger.take(node);
    let address: Option<IpAddr> = text(node).trim().parse().ok();
    if let (Subnet::At(net), Some(address)) = (subnet, address)
        && net.contains(&address)
    {
        let at = IpNet::new(address, net.prefix_len());
        return at.map_or(subnet, Subnet::at);
    }
    let why = "it lies in no subnet that the file names";
    let cure = "give the subnet that has it";
    reading.ledger.lose(node, why, cure);
    subnet
}

fn mtu(mgmt: Option<Node<'_>>, reading: &mut Reading<'_>) -> Option<u32> {
    let node = mgmt?.given("mtu")?;
    reading.ledger.take(node);
    super::links::mtu_of(node, reading)
}

fn lose_the_rest(mgmt: Option<Node<'_>>, reading: &mut Reading<'_>) {
    let Some(mgmt) = mgmt else {
        return;
    };
    if mgmt.is_leaf() {
        reading.ledger.take(mgmt);
    }
    for (key, why, cure) in [
        (
            "ipv4-range",
            "addresses come from the whole subnet",
            "give nodes that need a certain one mgmt-ipv4",
        ),
        (
            "ipv6-range",
            "addresses come from the whole subnet",
            "give nodes that need a certain one mgmt-ipv6",
        ),
        (
            "driver-opts",
            "the network is none of Docker's, and has no driver",
            "nothing is to be done",
        ),
    ] {
        if let Some(node) = mgmt.get(key) {
            reading.ledger.lose_each(node, why, cure);
        }
    }
    if let Some(node) = mgmt.get("skip-when-unused") {
        // A network that no node is on is never made.
        reading.ledger.take(node);
    }
}
