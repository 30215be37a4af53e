//! The independent checker of a finished plan.
//!
//! It plays the steps on a small picture of the host and knows nothing of how the plan was made. What
//! it returns are broken rules, as sentences; an executor refuses a plan that has any.

use std::collections::{BTreeMap, BTreeSet};

use super::{Plan, Step};
use crate::id::{NetworkId, NodeId};
use crate::lab::Gateway;
use crate::names::Names;
use crate::seen::{LabSeen, NodePhase, PortId, RedirectSeen};
use crate::spec::{LabSpec, RunWish};

/// Every rule that the plan breaks; empty for a good plan.
pub fn check(plan: &Plan, wanted: &LabSpec, seen: &LabSeen, names: &Names) -> Vec<String> {
    let mut host = Host::of(plan, wanted, seen, names);
    let mut broken = Vec::new();
    for (planned, adds) in plan
        .remove
        .iter()
        .map(|p| (p, false))
        .chain(plan.add.iter().map(|p| (p, true)))
    {
        if is_adding(&planned.step) != Some(adds) && is_adding(&planned.step).is_some() {
            broken.push(format!("{} is in the wrong phase", planned.step));
        }
        if let Err(rule) = host.play(&planned.step) {
            broken.push(format!("{}: {rule}", planned.step));
        }
    }
    broken.extend(host.end());
    broken
}

/// Which phase a step belongs to; `None`: both.
fn is_adding(step: &Step) -> Option<bool> {
    match step {
        Step::RemoveRedirect { .. }
        | Step::StopNode { .. }
        | Step::RemovePort { .. }
        | Step::RemoveAllPorts
        | Step::WipeNode { .. }
        | Step::RemoveNode { .. }
        | Step::RemoveGateway { .. }
        | Step::RemoveBridge { .. } => Some(false),
        Step::SetMaster { .. } => None,
        Step::EnsureBridge { .. }
        | Step::EnsureGateway { .. }
        | Step::EnsureNode { .. }
        | Step::EnsurePort { .. }
        | Step::ConfigureNode { .. }
        | Step::ConfigureInterface { .. }
        | Step::EnsureRedirect { .. }
        | Step::SetAdmin { .. }
        | Step::ReleaseNode { .. } => Some(true),
    }
}

/// The picture: as little as the rules need.
struct Host<'a> {
    wanted: &'a LabSpec,
    seen: &'a LabSeen,
    names: &'a Names,
    active: BTreeMap<NodeId, NodePhase>,
    configured: BTreeSet<NodeId>,
    ports: BTreeSet<PortId>,
    redirects: BTreeMap<PortId, RedirectSeen>,
    bridges: BTreeSet<NetworkId>,
    gateways: BTreeSet<NetworkId>,
    /// Ports that the plan removes: what they lead to has no meaning any more.
    doomed: BTreeSet<PortId>,
}

type Rule = Result<(), &'static str>;

fn rule(holds: bool, broken: &'static str) -> Rule {
    holds.then_some(()).ok_or(broken)
}

fn doomed(plan: &Plan, seen: &LabSeen) -> BTreeSet<PortId> {
    let mut ports = BTreeSet::new();
    for planned in &plan.remove {
        if let Step::RemovePort { port } = planned.step {
            ports.insert(port);
        }
        if planned.step == Step::RemoveAllPorts {
            ports.extend(seen.ports.keys());
        }
    }
    ports
}

impl<'a> Host<'a> {
    fn of(plan: &Plan, wanted: &'a LabSpec, seen: &'a LabSeen, names: &'a Names) -> Self {
        let active = seen
            .nodes
            .iter()
            .filter(|(_, node)| node.phase != NodePhase::Data);
        let redirects = seen.ports.iter();
        Self {
            wanted,
            seen,
            names,
            active: active.map(|(id, node)| (*id, node.phase)).collect(),
            configured: BTreeSet::new(),
            ports: seen.ports.keys().copied().collect(),
            redirects: redirects
                .filter_map(|(id, port)| Some((*id, port.redirect?)))
                .collect(),
            bridges: seen.bridges.keys().copied().collect(),
            gateways: seen.gateways.keys().copied().collect(),
            doomed: doomed(plan, seen),
        }
    }

    fn play(&mut self, step: &Step) -> Rule {
        match *step {
            Step::RemoveRedirect { port } => rule(
                self.redirects.remove(&port).is_some(),
                "there is no redirect",
            ),
            Step::StopNode { node } => self.stop(node),
            Step::RemovePort { port } => self.remove_port(port),
            Step::RemoveAllPorts => self.remove_all_ports(),
            Step::WipeNode { node, wipe } => self.wipe(node, wipe),
            Step::RemoveNode { node } => self.remove_node(node),
            Step::RemoveGateway { network } => self.remove_gateway(network),
            Step::RemoveBridge { network } => self.remove_bridge(network),
            Step::EnsureGateway {
                network,
                ref gateway,
            } => self.ensure_gateway(network, gateway),
            Step::EnsureBridge { network, .. } => self.ensure_bridge(network),
            Step::EnsureNode { node } => self.ensure_node(node),
            Step::EnsurePort { port, master, .. } => self.ensure_port(port, master),
            Step::SetMaster { port, master } => {
                self.has(port).and_then(|()| self.has_bridge(master))
            }
            Step::ConfigureNode { node } => self.configure(node),
            Step::ConfigureInterface { port } | Step::SetAdmin { port, .. } => self.has(port),
            Step::EnsureRedirect { from, to } => self.redirect(from, to),
            Step::ReleaseNode { node } => self.release(node),
        }
    }

    fn has(&self, port: PortId) -> Rule {
        rule(self.ports.contains(&port), "there is no such port")
    }

    fn has_bridge(&self, master: Option<NetworkId>) -> Rule {
        rule(
            master.is_none_or(|id| self.bridges.contains(&id)),
            "the bridge is missing",
        )
    }

    fn is_stopped(&self, node: NodeId) -> Rule {
        rule(!self.active.contains_key(&node), "the node runs")
    }

    fn remove_all_ports(&mut self) -> Rule {
        self.redirects.clear();
        let all = std::mem::take(&mut self.ports);
        rule(
            !all.into_iter().any(|port| self.is_needed(port)),
            "a running node needs a port",
        )
    }

    fn wipe(&self, node: NodeId, wipe: u64) -> Rule {
        self.is_stopped(node)?;
        let old = self
            .seen
            .nodes
            .get(&node)
            .is_some_and(|seen| seen.wipe < wipe);
        rule(old, "its data is not older than the wish")
    }

    fn remove_node(&self, node: NodeId) -> Rule {
        self.is_stopped(node)?;
        rule(
            !self.wanted.nodes.contains_key(&node),
            "the node is in the lab",
        )
    }

    fn remove_bridge(&mut self, network: NetworkId) -> Rule {
        rule(
            !self.wanted.networks.contains_key(&network),
            "the network is in the lab",
        )?;
        rule(!self.gateways.contains(&network), "the host is on it")?;
        let renamed = self.seen.renamed_bridges().any(|its| its == network);
        rule(
            self.bridges.remove(&network) || renamed,
            "there is no such bridge",
        )
    }

    fn ensure_bridge(&mut self, network: NetworkId) -> Rule {
        self.bridges.insert(network);
        self.not_foreign(&self.names.bridge(network))
    }

    fn remove_gateway(&mut self, network: NetworkId) -> Rule {
        let is_foreign = self.seen.foreign.contains(&self.names.bridge(network));
        rule(
            is_foreign || self.wanted_gateway(network).is_none(),
            "the host is to be on it",
        )?;
        rule(self.gateways.remove(&network), "the host is not on it")
    }

    fn ensure_gateway(&mut self, network: NetworkId, gateway: &Gateway) -> Rule {
        rule(
            self.wanted_gateway(network) == Some(gateway),
            "the host is not to be on it like this",
        )?;
        self.gateways.insert(network);
        self.has_bridge(Some(network))
    }

    fn wanted_gateway(&self, network: NetworkId) -> Option<&Gateway> {
        self.wanted.networks.get(&network)?.gateway.as_ref()
    }

    fn configure(&mut self, node: NodeId) -> Rule {
        self.configured.insert(node);
        rule(
            self.active.get(&node) == Some(&NodePhase::Held),
            "the node is not held",
        )
    }

    fn redirect(&mut self, from: PortId, to: PortId) -> Rule {
        self.redirects.insert(from, RedirectSeen::To(to));
        self.has(from)?;
        self.has(to)?;
        rule(from != to, "it leads to itself")
    }

    /// A node that runs for the very wish is never touched.
    fn stop(&mut self, node: NodeId) -> Rule {
        let running = self
            .seen
            .nodes
            .get(&node)
            .filter(|n| n.phase == NodePhase::Running);
        let wish = self
            .wanted
            .nodes
            .get(&node)
            .map(|spec| (spec.run, &spec.driver));
        let as_wished = running.is_some_and(|node| match wish {
            Some((
                RunWish::On { start },
                crate::spec::DriverSpec::Netns(_) | crate::spec::DriverSpec::Docker(_),
            )) => node.start >= start,
            Some((RunWish::On { .. } | RunWish::Off, _)) | None => false,
        });
        rule(!as_wished, "the node runs as wished")?;
        rule(self.active.remove(&node).is_some(), "the node does not run")
    }

    fn remove_port(&mut self, port: PortId) -> Rule {
        rule(!self.is_needed(port), "a running node needs the port")?;
        self.redirects.remove(&port);
        rule(self.ports.remove(&port), "there is no such port")?;
        let leads_here = self
            .redirects
            .iter()
            .any(|(from, to)| *to == RedirectSeen::To(port) && !self.doomed.contains(from));
        rule(!leads_here, "another port's redirect leads to it")
    }

    /// A node that runs, and goes on running, has this interface.
    fn is_needed(&self, port: PortId) -> bool {
        let running = self.active.get(&port.node) == Some(&NodePhase::Running);
        let spec = self.wanted.nodes.get(&port.node);
        running && spec.is_some_and(|spec| spec.interfaces.contains_key(&port.interface))
    }

    fn ensure_node(&mut self, node: NodeId) -> Rule {
        let wished = self
            .wanted
            .nodes
            .get(&node)
            .is_some_and(|spec| spec.run != RunWish::Off);
        rule(wished, "the node is not wished on")?;
        rule(
            self.active.insert(node, NodePhase::Held).is_none(),
            "the node is there",
        )
    }

    fn ensure_port(&mut self, port: PortId, master: Option<NetworkId>) -> Rule {
        self.not_foreign(&self.names.port(port))?;
        rule(
            self.active.contains_key(&port.node),
            "its node is not there",
        )?;
        self.has_bridge(master)?;
        rule(self.ports.insert(port), "the port is there")
    }

    fn release(&mut self, node: NodeId) -> Rule {
        rule(
            self.configured.contains(&node),
            "the node is not configured",
        )?;
        let spec = self
            .wanted
            .nodes
            .get(&node)
            .ok_or("the node is not in the lab")?;
        let mut ports = spec
            .interfaces
            .keys()
            .map(|&index| PortId::new(node, index));
        rule(
            ports.all(|port| self.ports.contains(&port)),
            "a port is missing",
        )?;
        let held = self.active.insert(node, NodePhase::Running) == Some(NodePhase::Held);
        rule(held, "the node is not held")
    }

    fn not_foreign(&self, name: &str) -> Rule {
        rule(
            !self.seen.foreign.contains(name),
            "a device that is not ours has this name",
        )
    }

    /// What must hold when the plan is done.
    fn end(&self) -> Vec<String> {
        let mut broken = Vec::new();
        for (from, to) in &self.redirects {
            let good = match to {
                RedirectSeen::To(to) => self.ports.contains(to),
                RedirectSeen::Stale => false,
            };
            if !good {
                broken.push(format!("the redirect of {from} leads nowhere at the end"));
            }
        }
        broken
    }
}
