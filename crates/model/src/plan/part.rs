//! The part of a lab in which two wishes differ: what an edit of a lab that stands right has to look at.
//!
//! It is closed: the links of its ports are in it, in either wish, with both ends and their bridge. So a
//! plan for the part alone holds the steps that a plan for the whole lab has for it (`tests/plan.rs`).
//! Whatever ends something larger than a port is no part's to plan: nodes that come, go, stop or start,
//! bridges that go, and networks that the host joins or leaves.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, Step, plan_lab};
use crate::id::{NetworkId, NodeId};
use crate::lab::End;
use crate::names::Names;
use crate::seen::{LabSeen, PortId};
use crate::spec::{LabSpec, LinkSpec, NodeSpec};

/// Of more nodes a plan of the whole lab costs little beside what is to be done.
const NODES_AT_MOST: usize = 16;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    pub ports: BTreeSet<PortId>,
    pub networks: BTreeSet<NetworkId>,
}

impl Part {
    /// None: they differ in nothing that a port shows, in more than ports, links and networks, or in
    /// too much.
    pub fn between(before: &LabSpec, after: &LabSpec) -> Option<Self> {
        let same_lab = (before.lab, before.hidden_bridge) == (after.lab, after.hidden_bridge);
        let mut part = Self::default();
        if !same_lab || !part.take_interfaces(&before.nodes, &after.nodes) {
            return None;
        }
        part.networks
            .extend(differing(&before.networks, &after.networks));
        for link in differing(&before.links, &after.links) {
            for wish in [before, after] {
                wish.links
                    .get(&link)
                    .into_iter()
                    .for_each(|link| part.take(link));
            }
        }
        part.close(before, after);
        let is_some = !part.ports.is_empty() || !part.networks.is_empty();
        (is_some && part.nodes().len() <= NODES_AT_MOST).then_some(part)
    }

    /// The nodes of its ports.
    pub fn nodes(&self) -> BTreeSet<NodeId> {
        self.ports.iter().map(|port| port.node).collect()
    }

    /// What is to be done for it; `seen` needs to hold no more than its ports, their nodes and its
    /// networks' bridges. None where it is no part's to plan.
    pub fn plan(&self, wanted: &LabSpec, seen: &LabSeen, names: &Names) -> Option<Plan> {
        let plan = plan_lab(&self.of_spec(wanted), seen, names);
        let all = plan.steps().all(is_of_ports);
        (all && plan.blocked.is_empty()).then_some(plan)
    }

    /// The part of a wish.
    pub fn of_spec(&self, whole: &LabSpec) -> LabSpec {
        let nodes = self.nodes().into_iter().filter_map(|id| {
            let node = whole.nodes.get(&id)?;
            let mut interfaces = node.interfaces.clone();
            interfaces.retain(|index, _| self.ports.contains(&PortId::new(id, *index)));
            let node = NodeSpec {
                name: node.name.clone(),
                run: node.run,
                wipe: node.wipe,
                interfaces,
                driver: node.driver.clone(),
            };
            Some((id, node))
        });
        let networks = whole.networks.iter();
        let links = whole.links.iter();
        LabSpec {
            lab: whole.lab,
            name: whole.name.clone(),
            hidden_bridge: whole.hidden_bridge,
            nodes: nodes.collect(),
            networks: networks
                .filter(|(id, _)| self.networks.contains(id))
                .map(|(id, network)| (*id, network.clone()))
                .collect(),
            links: links
                .filter(|(_, link)| self.touches(link))
                .map(|(id, link)| (*id, link.clone()))
                .collect(),
        }
    }

    /// The interfaces that differ; false where more of a node does.
    fn take_interfaces(
        &mut self,
        before: &BTreeMap<NodeId, NodeSpec>,
        after: &BTreeMap<NodeId, NodeSpec>,
    ) -> bool {
        if before.len() != after.len() {
            return false;
        }
        before.iter().zip(after).all(|((id, old), (other, new))| {
            let NodeSpec {
                name: _,
                run,
                wipe,
                interfaces,
                driver,
            } = old;
            let same = id == other && (*run, *wipe) == (new.run, new.wipe) && *driver == new.driver;
            if same && *interfaces != new.interfaces {
                let differing = differing(interfaces, &new.interfaces);
                self.ports
                    .extend(differing.into_iter().map(|index| PortId::new(*id, index)));
            }
            same
        })
    }

    fn close(&mut self, before: &LabSpec, after: &LabSpec) {
        loop {
            let size = (self.ports.len(), self.networks.len());
            for link in before.links.values().chain(after.links.values()) {
                if self.touches(link) {
                    self.take(link);
                }
            }
            if size == (self.ports.len(), self.networks.len()) {
                return;
            }
        }
    }

    /// By a port, or by the hidden network's number.
    fn touches(&self, link: &LinkSpec) -> bool {
        let by_port = |end| match end {
            End::Interface { node, interface } => {
                self.ports.contains(&PortId::new(node, interface))
            }
            End::Network(_) => false,
        };
        by_port(link.a)
            || by_port(link.b)
            || link
                .network
                .is_some_and(|network| self.networks.contains(&network))
    }

    fn take(&mut self, link: &LinkSpec) {
        for end in [link.a, link.b] {
            match end {
                End::Interface { node, interface } => {
                    self.ports.insert(PortId::new(node, interface));
                }
                End::Network(network) => {
                    self.networks.insert(network);
                }
            }
        }
        self.networks.extend(link.network);
    }
}

/// Keys of what is in one of them alone, or not the same in both.
fn differing<K: Copy + Ord, V: PartialEq>(
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
) -> BTreeSet<K> {
    let (mut before, mut after) = (before.iter().peekable(), after.iter().peekable());
    let mut found = BTreeSet::new();
    loop {
        let id = match (before.peek(), after.peek()) {
            (Some((old, a)), Some((new, b))) if old == new => {
                let same = a == b;
                let id = **old;
                before.next();
                after.next();
                if same {
                    continue;
                }
                id
            }
            (Some((old, _)), new) if new.is_none_or(|(new, _)| old < new) => {
                let id = **old;
                before.next();
                id
            }
            (_, Some((new, _))) => {
                let id = **new;
                after.next();
                id
            }
            (_, None) => return found,
        };
        found.insert(id);
    }
}

/// It makes or changes ports and what is between them; nothing larger ends by it.
fn is_of_ports(step: &Step) -> bool {
    match step {
        Step::RemoveRedirect { .. }
        | Step::RemovePort { .. }
        | Step::EnsureBridge { .. }
        | Step::EnsurePort { .. }
        | Step::SetMaster { .. }
        | Step::ConfigureInterface { .. }
        | Step::EnsureRedirect { .. }
        | Step::SetAdmin { .. } => true,
        Step::StopNode { .. }
        | Step::RemoveAllPorts
        | Step::WipeNode { .. }
        | Step::RemoveNode { .. }
        | Step::RemoveBridge { .. }
        | Step::RemoveGateway { .. }
        | Step::EnsureGateway { .. }
        | Step::EnsureNode { .. }
        | Step::ConfigureNode { .. }
        | Step::ReleaseNode { .. } => false,
    }
}
