//! How every port shall be wired, by the spec alone: its bridge, its peer, its link.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{IfaceIndex, LinkId, NetworkId, NodeId};
use crate::lab::{End, LinkState};
use crate::names::Names;
use crate::seen::{LabSeen, PortId};
use crate::spec::{HiddenBridge, InterfaceSpec, LabSpec, LinkSpec};

/// Where a port leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// No cable: no carrier.
    Nothing,
    /// The other end of a transparent link.
    Port(PortId),
    /// A shared network.
    Network,
}

#[derive(Debug, Clone, Copy)]
pub struct Wire<'a> {
    pub interface: &'a InterfaceSpec,
    pub peer: Peer,
    pub link: Option<LinkId>,
    pub cut: bool,
    pub master: Option<NetworkId>,
}

impl Wire<'_> {
    /// The device that keeps this port from being made: one with its name, or its bridge's.
    pub fn foreign_in_the_way(
        &self,
        port: PortId,
        seen: &LabSeen,
        names: &Names,
    ) -> Option<String> {
        if seen.foreign.is_empty() {
            return None;
        }
        let own = Some(names.port(port)).filter(|name| seen.foreign.contains(name));
        own.or_else(|| self.foreign_bridge(seen, names))
    }

    /// The device that has the name of its bridge and is not ours.
    pub fn foreign_bridge(&self, seen: &LabSeen, names: &Names) -> Option<String> {
        if seen.foreign.is_empty() {
            return None;
        }
        let bridge = names.bridge(self.master?);
        seen.foreign.contains(&bridge).then_some(bridge)
    }
}

pub struct Wiring<'a> {
    /// Every interface of every node, whether it runs or not.
    pub wires: BTreeMap<PortId, Wire<'a>>,
    /// Bridges that the deployed lab has.
    pub bridges: BTreeSet<NetworkId>,
}

impl<'a> Wiring<'a> {
    pub fn of(wanted: &'a LabSpec) -> Self {
        let mut wires = BTreeMap::new();
        for (&node, spec) in &wanted.nodes {
            for (&index, interface) in &spec.interfaces {
                let (peer, link, cut, master) = (Peer::Nothing, None, false, None);
                let wire = Wire {
                    interface,
                    peer,
                    link,
                    cut,
                    master,
                };
                wires.insert(PortId::new(node, index), wire);
            }
        }
        let mut bridges: BTreeSet<NetworkId> = wanted.networks.keys().copied().collect();
        for (&id, link) in &wanted.links {
            let hidden = hidden_bridge(wanted.hidden_bridge, link);
            bridges.extend(hidden);
            for (end, other) in [(link.a, link.b), (link.b, link.a)] {
                if let Some(wire) = port_of(end).and_then(|port| wires.get_mut(&port)) {
                    wire.link = Some(id);
                    wire.cut = link.state == LinkState::Cut;
                    (wire.peer, wire.master) = match other {
                        End::Interface { node, interface } => {
                            (Peer::Port(PortId::new(node, interface)), hidden)
                        }
                        End::Network(network) => (Peer::Network, Some(network)),
                    };
                }
            }
        }
        Self { wires, bridges }
    }

    /// The wires of one node's ports.
    pub fn of_node(&self, node: NodeId) -> impl Iterator<Item = (PortId, &Wire<'a>)> {
        let first = PortId::new(node, IfaceIndex::FIRST);
        let own = self.wires.range(first..);
        own.take_while(move |(port, _)| port.node == node)
            .map(|(port, wire)| (*port, wire))
    }

    /// Why a node's ports cannot be made: a device with a name of ours that is not ours.
    pub fn foreign_in_the_way(
        &self,
        node: NodeId,
        seen: &LabSeen,
        names: &Names,
    ) -> Option<String> {
        let mut wires = self.of_node(node);
        let taken = wires.find_map(|(port, wire)| wire.foreign_in_the_way(port, seen, names))?;
        Some(format!(
            "a device named {taken} is on this host and is not ours; remove or rename it \
             (ip link delete {taken}), the node starts then by itself"
        ))
    }
}

fn hidden_bridge(policy: HiddenBridge, link: &LinkSpec) -> Option<NetworkId> {
    match policy {
        HiddenBridge::Always => link.network,
        HiddenBridge::OnDemand => None,
    }
}

fn port_of(end: End) -> Option<PortId> {
    match end {
        End::Interface { node, interface } => Some(PortId::new(node, interface)),
        End::Network(_) => None,
    }
}
