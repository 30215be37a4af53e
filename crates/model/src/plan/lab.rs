//! The planner of one lab: remove what must go, then add what is missing.
//!
//! ```text
//! remove  gateways · redirects · processes · ports · masters · data · bridges
//! add     bridges · gateways · per node (tree · ports · addresses) · redirects · carrier · release
//! ```
//! A redirect goes before the device it points to. Processes stop before their ports vanish. Nothing
//! is released before its ports are made and configured. The steps of one node are in their right
//! order among themselves, so an executor may run the nodes side by side.

use std::collections::{BTreeMap, BTreeSet};

use super::fate::{Fate, fates, is_active};
use super::wiring::{Peer, Wire, Wiring};
use super::{Plan, Planned, Step, add, remove};
use crate::id::{LinkId, NetworkId, NodeId};
use crate::lab::Gateway;
use crate::names::Names;
use crate::seen::{InnerSeen, LabSeen, NodePhase, NodeSeen, PortId};
use crate::spec::{InterfaceSpec, LabSpec};

/// What makes the host equal to `wanted`. Empty when it is.
pub fn plan_lab(wanted: &LabSpec, seen: &LabSeen, names: &Names) -> Plan {
    let view = View::new(wanted, seen, names);
    Plan {
        remove: remove::plan(&view),
        add: add::plan(&view),
        blocked: view.blocked(),
    }
}

/// What removes the lab from the host: everything seen, data included.
pub fn plan_removal(seen: &LabSeen) -> Plan {
    let why = "the lab is removed";
    let gateways = seen.gateways.keys();
    let gateways = gateways.map(|&network| Planned::new(Step::RemoveGateway { network }, why));
    let mut remove: Vec<Planned> = gateways.collect();
    let active = seen.nodes.iter().filter(|(_, node)| is_active(node));
    remove.extend(active.map(|(&node, _)| Planned::of_node(Step::StopNode { node }, node, why)));
    if !seen.ports.is_empty() {
        remove.push(Planned::new(Step::RemoveAllPorts, why));
    }
    let all = seen.nodes.keys();
    remove.extend(all.map(|&node| Planned::of_node(Step::RemoveNode { node }, node, why)));
    let bridges = seen.bridges.keys().copied();
    let bridges = bridges.chain(seen.renamed_bridges());
    remove.extend(bridges.map(|network| Planned::new(Step::RemoveBridge { network }, why)));
    Plan {
        remove,
        ..Plan::default()
    }
}

/// Wanted and seen side by side, with the decisions that both phases share.
pub struct View<'a> {
    pub wanted: &'a LabSpec,
    pub seen: &'a LabSeen,
    pub names: &'a Names,
    pub wiring: Wiring<'a>,
    pub fates: BTreeMap<NodeId, Fate>,
    /// Seen ports that stay.
    pub kept: BTreeSet<PortId>,
    /// Ports that this plan makes.
    pub made: BTreeSet<PortId>,
}

impl<'a> View<'a> {
    fn new(wanted: &'a LabSpec, seen: &'a LabSeen, names: &'a Names) -> Self {
        let wiring = Wiring::of(wanted);
        let fates = fates(wanted, seen, &wiring, names);
        let stays = |port: &PortId| is_kept(*port, seen, &wiring, &fates);
        let kept: BTreeSet<PortId> = seen.ports.keys().copied().filter(stays).collect();
        let is_made = |(port, wire): &(&PortId, &Wire<'_>)| {
            let makes = fates.get(&port.node).is_some_and(Fate::makes_ports);
            makes && !kept.contains(port) && wire.foreign_in_the_way(**port, seen, names).is_none()
        };
        let made = wiring.wires.iter().filter(is_made);
        let made = made.map(|(port, _)| *port).collect();
        Self {
            wanted,
            seen,
            names,
            wiring,
            fates,
            kept,
            made,
        }
    }

    /// The port is there when this plan is done.
    pub fn will_exist(&self, port: PortId) -> bool {
        self.kept.contains(&port) || self.made.contains(&port)
    }

    /// Where every frame of the port shall go, when that is another port.
    pub fn redirect(&self, port: PortId) -> Option<PortId> {
        match self.wiring.wires.get(&port)?.peer {
            Peer::Port(peer) => Some(peer).filter(|peer| self.will_exist(*peer)),
            Peer::Nothing | Peer::Network => None,
        }
    }

    /// What the host shall be on this network.
    pub fn gateway(&self, network: NetworkId) -> Option<&Gateway> {
        let gateway = self.wanted.networks.get(&network)?.gateway.as_ref()?;
        let is_foreign = self.seen.foreign.contains(&self.names.bridge(network));
        (!is_foreign).then_some(gateway)
    }

    fn blocked(&self) -> BTreeMap<NodeId, String> {
        let mut blocked = BTreeMap::new();
        for (&node, fate) in &self.fates {
            if let Fate::Blocked { why, .. } = fate {
                blocked.insert(node, why.clone());
            }
        }
        blocked
    }
}

/// A port stays when its node does and still has the interface. Until the node is released its inner
/// end must be right as well; afterwards what is inside is the node's own business.
fn is_kept(
    port: PortId,
    seen: &LabSeen,
    wiring: &Wiring<'_>,
    fates: &BTreeMap<NodeId, Fate>,
) -> bool {
    let (Some(wire), Some(fate)) = (wiring.wires.get(&port), fates.get(&port.node)) else {
        return false;
    };
    let inner_is_right = |node: &NodeSeen| {
        let inner = node.interfaces.get(&wire.interface.name);
        inner.is_some_and(|inner| is_right(inner, wire.interface))
    };
    let right = seen
        .nodes
        .get(&port.node)
        .is_some_and(|node| match node.phase {
            NodePhase::Running => true,
            NodePhase::Held => inner_is_right(node),
            NodePhase::Data => false,
        });
    fate.keeps_ports() && right
}

fn is_right(inner: &InnerSeen, interface: &InterfaceSpec) -> bool {
    inner.mac == interface.mac && inner.mtu == interface.mtu
}

impl Planned {
    pub(super) fn new(step: Step, why: &str) -> Self {
        Self {
            step,
            node: None,
            link: None,
            why: why.into(),
        }
    }

    pub(super) fn of_node(step: Step, node: NodeId, why: &str) -> Self {
        Self {
            node: Some(node),
            ..Self::new(step, why)
        }
    }

    pub(super) fn on_link(self, link: Option<LinkId>) -> Self {
        Self { link, ..self }
    }
}
