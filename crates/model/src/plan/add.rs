//! The second phase: make what is missing, nothing before what it leans on.

use super::fate::Fate;
use super::lab::View;
use super::wiring::{Peer, Wire};
use super::{Planned, Step};
use crate::carrier::{EndSeen, plan_admin};
use crate::id::{NetworkId, NodeId};
use crate::seen::{NodePhase, PortId, RedirectSeen};

pub fn plan(view: &View<'_>) -> Vec<Planned> {
    let mut steps = bridges(view);
    steps.extend(gateways(view));
    for (&node, fate) in &view.fates {
        steps.extend(node_steps(view, node, fate));
    }
    steps.extend(redirects(view));
    steps.extend(admins(view));
    steps.extend(releases(view));
    steps
}

fn bridges(view: &View<'_>) -> Vec<Planned> {
    let missing = view.wiring.bridges.iter().filter(|network| {
        let up = view
            .seen
            .bridges
            .get(network)
            .is_some_and(|bridge| bridge.admin_up);
        !up && !view.seen.foreign.contains(&view.names.bridge(**network))
    });
    let plan = |&network: &NetworkId| {
        let seen = view.seen.bridges.contains_key(&network);
        Planned::new(Step::EnsureBridge { network, seen }, "a network needs it")
    };
    missing.map(plan).collect()
}

/// A bridge that is made anew, or was down, has lost what made it one that the host is on.
fn gateways(view: &View<'_>) -> Vec<Planned> {
    let plan = |&network: &NetworkId| {
        let gateway = view.gateway(network)?;
        let seen = view.seen.gateways.get(&network);
        let stands = seen.is_some_and(|seen| seen.stands && seen.gateway == *gateway);
        let bridge = view.seen.bridges.get(&network);
        if stands && bridge.is_some_and(|bridge| bridge.admin_up) {
            return None;
        }
        let gateway = gateway.clone();
        let step = Step::EnsureGateway { network, gateway };
        Some(Planned::new(step, "the host is to be on it"))
    };
    view.wanted.networks.keys().filter_map(plan).collect()
}

/// Its tree, its ports, its addresses.
fn node_steps(view: &View<'_>, node: NodeId, fate: &Fate) -> Vec<Planned> {
    let mut steps = Vec::new();
    let mut push = |step, why| steps.push(Planned::of_node(step, node, why));
    if matches!(fate, Fate::Start { .. }) {
        push(Step::EnsureNode { node }, "it is wished on");
    }
    let mut configure = Vec::new();
    for (port, wire) in view.wiring.of_node(node) {
        if view.made.contains(&port) {
            push(ensure_port(port, wire), "its node has this interface");
        } else if let Some(step) = change_master(view, port, wire) {
            push(step, "its link leads to this network");
        }
        if view.made.contains(&port) || is_fresh(view, port, wire) {
            configure.push(Step::ConfigureInterface { port });
        }
    }
    match fate {
        Fate::Start { .. } | Fate::Continue => {
            push(Step::ConfigureNode { node }, "its ports are made");
        }
        Fate::Stay => configure
            .into_iter()
            .for_each(|step| push(step, "it is new in the node")),
        Fate::Rest { .. } | Fate::Gone { .. } | Fate::Blocked { .. } => {}
    }
    steps
}

/// Made by a pass that broke off before it was configured.
fn is_fresh(view: &View<'_>, port: PortId, wire: &Wire<'_>) -> bool {
    let node = view.seen.nodes.get(&port.node);
    let inner = node.and_then(|node| node.interfaces.get(&wire.interface.name));
    view.kept.contains(&port) && inner.is_some_and(|inner| inner.fresh)
}

fn ensure_port(port: PortId, wire: &Wire<'_>) -> Step {
    let (name, mac, mtu) = (
        wire.interface.name.clone(),
        wire.interface.mac,
        wire.interface.mtu,
    );
    Step::EnsurePort {
        port,
        name,
        mac,
        mtu,
        master: wire.master,
    }
}

fn change_master(view: &View<'_>, port: PortId, wire: &Wire<'_>) -> Option<Step> {
    let seen = view
        .seen
        .ports
        .get(&port)
        .filter(|_| view.kept.contains(&port))?;
    let wrong = wire.master.is_some() && seen.master != wire.master;
    let can_be_right = wire.foreign_bridge(view.seen, view.names).is_none();
    (wrong && can_be_right).then_some(Step::SetMaster {
        port,
        master: wire.master,
    })
}

fn redirects(view: &View<'_>) -> Vec<Planned> {
    let ports = view
        .wiring
        .wires
        .iter()
        .filter(|(port, _)| view.will_exist(**port));
    let plan = |(&from, wire): (&PortId, &Wire<'_>)| {
        let to = view.redirect(from)?;
        let both_stay = view.kept.contains(&from) && view.kept.contains(&to);
        let has = view.seen.ports.get(&from).and_then(|seen| seen.redirect);
        if both_stay && has == Some(RedirectSeen::To(to)) {
            return None;
        }
        let step = Step::EnsureRedirect { from, to };
        Some(Planned::new(step, "its link has exactly two ends").on_link(wire.link))
    };
    ports.filter_map(plan).collect()
}

/// Carrier: what the node at the other end would feel on a cable.
fn admins(view: &View<'_>) -> Vec<Planned> {
    let ports = view
        .wiring
        .wires
        .iter()
        .filter(|(port, _)| view.will_exist(**port));
    let plan = |(&port, wire): (&PortId, &Wire<'_>)| {
        let (up, why) = match wire.peer {
            Peer::Nothing => (false, "no cable is plugged in"),
            Peer::Network if wire.cut => (false, "its link is cut"),
            Peer::Network => (true, "its link is not cut"),
            Peer::Port(peer) => {
                let (own, _) = plan_admin(wire.cut, end(view, port), end(view, peer));
                (own, "it follows the link's other end")
            }
        };
        let is_up = match end(view, port) {
            EndSeen::Present { admin_up, .. } => admin_up,
            EndSeen::Missing => return None,
        };
        let step = Planned::new(Step::SetAdmin { port, up }, why).on_link(wire.link);
        (up != is_up).then_some(step)
    };
    ports.filter_map(plan).collect()
}

/// The port as it is when the steps before have been done: a new one, and one of a node that was just
/// configured, is up at both ends.
fn end(view: &View<'_>, port: PortId) -> EndSeen {
    if view.made.contains(&port) {
        return EndSeen::Present {
            admin_up: true,
            carrier: true,
        };
    }
    let Some(seen) = view
        .seen
        .ports
        .get(&port)
        .filter(|_| view.kept.contains(&port))
    else {
        return EndSeen::Missing;
    };
    let held = view
        .seen
        .nodes
        .get(&port.node)
        .is_some_and(|n| n.phase == NodePhase::Held);
    EndSeen::Present {
        admin_up: seen.admin_up,
        carrier: seen.carrier || (held && seen.admin_up),
    }
}

fn releases(view: &View<'_>) -> Vec<Planned> {
    let ready = view.fates.iter().filter(|(_, fate)| match fate {
        Fate::Start { .. } | Fate::Continue => true,
        Fate::Stay | Fate::Rest { .. } | Fate::Gone { .. } | Fate::Blocked { .. } => false,
    });
    let why = "its ports are there";
    ready
        .map(|(&node, _)| Planned::of_node(Step::ReleaseNode { node }, node, why))
        .collect()
}
