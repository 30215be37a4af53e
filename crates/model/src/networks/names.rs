//! Names of nodes, as a resolver takes them.

use std::net::IpAddr;

use super::ports_on;
use crate::id::{NetworkId, NodeId};
use crate::lab::Subnet;
use crate::spec::LabSpec;

const LABEL_MAX_BYTES: usize = 63;

/// One line of a file of hosts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    pub address: IpAddr,
    pub node: NodeId,
    /// `r1`, without the lab's.
    pub name: String,
}

/// The lab's name as the last part of its nodes' names: `BGP, small` → `bgp-small`.
pub fn domain(spec: &LabSpec) -> String {
    label(&spec.name).unwrap_or_else(|| "lab".into())
}

/// What of a name may stand between dots: letters, digits, and hyphens within. None: nothing.
pub fn label(name: &str) -> Option<String> {
    let mut label = String::new();
    for c in name.chars() {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => label.push(c),
            _ if !label.is_empty() && !label.ends_with('-') => label.push('-'),
            _ => {}
        }
        if label.len() == LABEL_MAX_BYTES {
            break;
        }
    }
    let label = label.trim_end_matches('-');
    (!label.is_empty()).then(|| label.to_owned())
}

/// Nodes that have an address of this network by the wish; of a resolved wish also those that were
/// given one. In the order of nodes.
pub fn names_on(spec: &LabSpec, network: NetworkId) -> Vec<Named> {
    let gateway = spec
        .networks
        .get(&network)
        .and_then(|network| network.gateway.as_ref());
    let Some(gateway) = gateway else {
        return Vec::new();
    };
    let nets: Vec<_> = [gateway.ipv4, gateway.ipv6]
        .into_iter()
        .filter_map(|subnet| match subnet? {
            Subnet::At(net) => Some(net),
            Subnet::Auto => None,
        })
        .collect();
    let mut all = Vec::new();
    for port in ports_on(spec, network) {
        let Some(node) = spec.nodes.get(&port.node) else {
            continue;
        };
        let Some(name) = label(&node.name) else {
            continue;
        };
        let own = node.interfaces.get(&port.interface).into_iter();
        let addresses = own.flat_map(|interface| &interface.addresses);
        let of_network = addresses
            .map(|address| address.0.addr())
            .filter(|ip| nets.iter().any(|net| net.contains(ip)));
        all.extend(of_network.map(|address| Named {
            address,
            node: port.node,
            name: name.clone(),
        }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_becomes_one_that_a_resolver_takes() {
        for (name, wanted) in [
            ("r1", Some("r1")),
            ("BGP, small", Some("bgp-small")),
            ("-- ä --", None),
            ("名前", None),
            ("R1_core.", Some("r1-core")),
        ] {
            assert_eq!(label(name).as_deref(), wanted, "{name}");
        }
        assert_eq!(label(&"x".repeat(80)).map(|label| label.len()), Some(63));
    }
}
