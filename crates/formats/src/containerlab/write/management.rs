//! The management network, and who is on it.

use ipnet::IpNet;
use model::lab::{Gateway, Subnet};
use model::{End, IfaceIndex, Lab, Network, NetworkId};

use super::out::Out;
use super::{KEEP, Managed, Writing};

pub fn network(lab: &Lab) -> Option<(NetworkId, &Network, &Gateway)> {
    lab.networks.iter().find_map(|(id, network)| {
        let gateway = network.gateway.as_ref()?;
        gateway.management.then_some((*id, network, gateway))
    })
}

/// The interfaces that the file need not name.
pub fn managed(lab: &Lab) -> Managed {
    let Some((id, ..)) = network(lab) else {
        return Managed::new();
    };
    let is_joined = |a: End, b: End| match (a, b) {
        (End::Interface { node, interface }, End::Network(network)) if network == id => {
            let eth = lab.nodes.get(&node)?.interfaces.get(&interface)?;
            let first = interface == IfaceIndex::FIRST && eth.name == "eth0";
            first.then_some((node, interface))
        }
        (_, _) => None,
    };
    let links = lab.links.values();
    links
        .filter_map(|link| is_joined(link.a, link.b).or_else(|| is_joined(link.b, link.a)))
        .collect()
}

pub fn section(writing: &mut Writing<'_>) -> Option<Out> {
    let (id, network, gateway) = network(writing.lab)?;
    let mut links = writing.lab.links.values();
    if !links.any(|link| link.ends().contains(&End::Network(id))) {
        let why = "no node is on it, and the file has it only for nodes";
        writing.lose("mgmt", &network.name, why, "put a node's eth0 on it");
        return None;
    }
    let mut keys = vec![("network".to_owned(), Out::word(&network.name))];
    for (family, subnet) in [("ipv4", gateway.ipv4), ("ipv6", gateway.ipv6)] {
        match subnet {
            Some(Subnet::Auto) => {}
            Some(Subnet::At(net)) => keys.extend(subnet_keys(family, net)),
            None => {
                let why = "containerlab gives its network both families";
                writing.lose(
                    &format!("mgmt.{family}-subnet"),
                    "",
                    why,
                    "nothing is to be done",
                );
            }
        }
    }
    if let Some(mtu) = mtu(writing.lab) {
        keys.push(("mtu".into(), Out::number(mtu)));
    }
    if !gateway.outward {
        keys.push(("external-access".into(), Out::Bare("false".into())));
    }
    for (what, on) in [("dhcp", gateway.dhcp), ("dns", gateway.dns)] {
        if !on {
            let why = "containerlab's network cannot leave it out";
            writing.lose(&format!("mgmt.{what}"), "false", why, KEEP);
        }
    }
    writing.lose_extra("mgmt", &network.extra, &[]);
    Some(Out::Map(keys))
}

fn subnet_keys(family: &str, net: IpNet) -> Vec<(String, Out)> {
    let subnet = (
        format!("{family}-subnet"),
        Out::word(&net.trunc().to_string()),
    );
    let mut keys = vec![subnet];
    if Subnet::at(net.trunc()) != Subnet::At(net) {
        keys.push((format!("{family}-gw"), Out::word(&net.addr().to_string())));
    }
    keys
}

/// That of the interfaces on it, when it is the same of all.
fn mtu(lab: &Lab) -> Option<u32> {
    let interface = |(node, index)| lab.nodes.get(&node)?.interfaces.get(&index)?.mtu;
    let mut all = managed(lab).into_iter().map(interface);
    let first = all.next()??;
    all.all(|mtu| mtu == Some(first)).then_some(first)
}
