//! The lab that most benchmarks are about: nodes in a circle, each linked to the next few.

use std::collections::BTreeMap;

use model::spec::{
    DriverSpec, HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, MTU, NetnsSpec, NodeSpec, RunWish,
};
use model::{End, LabId, LinkId, LinkState, Mac, NodeId};

/// How large.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub nodes: u64,
    /// Links that each node begins; as many lead to it.
    pub links_a_node: u64,
}

/// 200 nodes, 1000 links.
pub const LARGE: Size = Size {
    nodes: 200,
    links_a_node: 5,
};

impl Size {
    pub fn links(self) -> u64 {
        self.nodes * self.links_a_node
    }

    /// Link `k` in order: both ends as (node, interface), counted from 0.
    pub fn ends(self, k: u64) -> [(u64, u64); 2] {
        let (node, step) = (k / self.links_a_node, k % self.links_a_node);
        [
            (node, 2 * step),
            ((node + step + 1) % self.nodes, 2 * step + 1),
        ]
    }

    pub fn spec(self, lab: u128, hidden_bridge: HiddenBridge) -> LabSpec {
        LabSpec {
            lab: LabId(uuid::Uuid::from_u128(lab)),
            name: "bench".into(),
            hidden_bridge,
            nodes: (0..self.nodes)
                .map(|n| (node_id(n), self.node(lab, n)))
                .collect(),
            networks: BTreeMap::new(),
            links: (0..self.links())
                .map(|k| (link_id(k), self.link(k)))
                .collect(),
        }
    }

    fn node(self, lab: u128, n: u64) -> NodeSpec {
        let interfaces = (0..2 * self.links_a_node).map(|i| {
            let interface = InterfaceSpec {
                name: format!("eth{i}"),
                mac: mac(lab, n, i),
                mtu: MTU,
                addresses: Vec::new(),
            };
            (i.try_into().expect("few interfaces"), interface)
        });
        let netns = NetnsSpec {
            hostname: format!("n{n}"),
            ..NetnsSpec::default()
        };
        NodeSpec {
            name: format!("n{n}"),
            run: RunWish::On { start: 1 },
            wipe: 0,
            interfaces: interfaces.collect(),
            driver: DriverSpec::Netns(netns),
        }
    }

    pub fn link(self, k: u64) -> LinkSpec {
        let [a, b] = self.ends(k).map(|(node, interface)| End::Interface {
            node: node_id(node),
            interface: interface.try_into().expect("few interfaces"),
        });
        let network = Some((k + 1).try_into().expect("few links"));
        LinkSpec {
            a,
            b,
            network,
            state: LinkState::Up,
        }
    }
}

pub fn node_id(n: u64) -> NodeId {
    (n + 1).try_into().expect("few nodes")
}

pub fn link_id(k: u64) -> LinkId {
    (k + 1).try_into().expect("few links")
}

pub fn mac(lab: u128, node: u64, interface: u64) -> Mac {
    let [.., high, low] = node.to_be_bytes();
    let [.., interface] = interface.to_be_bytes();
    let [.., lab] = lab.to_be_bytes();
    Mac([2, lab, 0, high, low, interface])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::LARGE;

    #[test]
    fn every_interface_has_exactly_one_link() {
        let ends: BTreeSet<_> = (0..LARGE.links()).flat_map(|k| LARGE.ends(k)).collect();
        assert_eq!(ends.len(), 2000);
    }
}
