//! The first phase: take away what must go, nothing before what leans on it.

use super::fate::Fate;
use super::lab::View;
use super::{Planned, Step};
use crate::seen::{NodePhase, PortId, RedirectSeen};

pub fn plan(view: &View<'_>) -> Vec<Planned> {
    let mut steps = gateways(view);
    steps.extend(redirects(view));
    steps.extend(stops(view));
    steps.extend(ports(view));
    steps.extend(masters(view));
    steps.extend(wipes(view));
    steps.extend(nodes(view));
    steps.extend(bridges(view));
    steps
}

/// Those of networks that go, that are closed now, or whose name a device has that is not ours.
fn gateways(view: &View<'_>) -> Vec<Planned> {
    let gone = view.seen.gateways.keys();
    let gone = gone.filter(|network| view.gateway(**network).is_none());
    let why = "the host is not to be on it";
    gone.map(|&network| Planned::new(Step::RemoveGateway { network }, why))
        .collect()
}

/// A port that stays loses a redirect that is wrong, or whose target goes (also when the target is
/// made anew: the kernel's redirect means the old device).
fn redirects(view: &View<'_>) -> Vec<Planned> {
    let wrong = |port: PortId, redirect: RedirectSeen| match redirect {
        RedirectSeen::Stale => Some("it leads to a device that is gone"),
        RedirectSeen::To(to) if view.redirect(port) != Some(to) => {
            Some("no transparent link leads there now")
        }
        RedirectSeen::To(to) if !view.kept.contains(&to) => Some("the device it leads to goes"),
        RedirectSeen::To(_) => None,
    };
    let plan = |&port: &PortId| {
        let why = wrong(port, view.seen.ports.get(&port)?.redirect?)?;
        let link = view.wiring.wires.get(&port).and_then(|wire| wire.link);
        Some(Planned::new(Step::RemoveRedirect { port }, why).on_link(link))
    };
    view.kept.iter().filter_map(plan).collect()
}

fn stops(view: &View<'_>) -> Vec<Planned> {
    let mut steps = Vec::new();
    for (&node, fate) in &view.fates {
        let why = match fate {
            Fate::Start { stop } | Fate::Rest { stop } => *stop,
            Fate::Gone { stop } => stop.then_some("it is no more in the lab"),
            Fate::Stay | Fate::Continue | Fate::Blocked { .. } => None,
        };
        steps.extend(why.map(|why| Planned::of_node(Step::StopNode { node }, node, why)));
    }
    steps
}

fn ports(view: &View<'_>) -> Vec<Planned> {
    if view.kept.is_empty() && view.seen.ports.len() > 1 {
        return vec![Planned::new(
            Step::RemoveAllPorts,
            "no port of the lab stays",
        )];
    }
    let gone = view
        .seen
        .ports
        .keys()
        .filter(|port| !view.kept.contains(port));
    let why = "its node does not stay, or has no such interface";
    gone.map(|&port| Planned::of_node(Step::RemovePort { port }, port.node, why))
        .collect()
}

/// Ports that leave a bridge for none. (Those that change to another do so when it is there.)
fn masters(view: &View<'_>) -> Vec<Planned> {
    let leaves = |port: &&PortId| {
        let has = view
            .seen
            .ports
            .get(port)
            .is_some_and(|seen| seen.master.is_some());
        has && view
            .wiring
            .wires
            .get(port)
            .is_some_and(|wire| wire.master.is_none())
    };
    let plan = |&port: &PortId| {
        let step = Step::SetMaster { port, master: None };
        Planned::of_node(step, port.node, "its link has no bridge any more")
    };
    view.kept.iter().filter(leaves).map(plan).collect()
}

/// Data older than the last wipe goes, as soon as the node does not run.
fn wipes(view: &View<'_>) -> Vec<Planned> {
    let mut steps = Vec::new();
    for (&node, spec) in &view.wanted.nodes {
        let Some(seen) = view.seen.nodes.get(&node) else {
            continue;
        };
        let is_stopped = match view.fates.get(&node) {
            Some(Fate::Start { stop } | Fate::Rest { stop }) => stop.is_some(),
            Some(Fate::Stay | Fate::Continue | Fate::Gone { .. } | Fate::Blocked { .. }) | None => {
                false
            }
        };
        if seen.wipe < spec.wipe && (is_stopped || seen.phase == NodePhase::Data) {
            let step = Step::WipeNode {
                node,
                wipe: spec.wipe,
            };
            steps.push(Planned::of_node(step, node, "its data is to be wiped"));
        }
    }
    steps
}

fn nodes(view: &View<'_>) -> Vec<Planned> {
    let gone = view
        .fates
        .iter()
        .filter(|(_, fate)| matches!(fate, Fate::Gone { .. }));
    let why = "it is no more in the lab";
    gone.map(|(&node, _)| Planned::of_node(Step::RemoveNode { node }, node, why))
        .collect()
}

fn bridges(view: &View<'_>) -> Vec<Planned> {
    let own = view.seen.bridges.keys().copied();
    let gone = own
        .chain(view.seen.renamed_bridges())
        .filter(|network| !view.wiring.bridges.contains(network));
    let why = "no network of the lab has this number";
    gone.map(|network| Planned::new(Step::RemoveBridge { network }, why))
        .collect()
}
