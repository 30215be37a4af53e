//! What a plan leaves undone because somebody changed it from outside: it is shown, and mended when a
//! person asks for it.

use std::collections::BTreeSet;

use super::{Plan, Planned, Step};
use crate::id::NetworkId;
use crate::seen::PortId;

/// What was right once and is not, by somebody else's act.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Withheld {
    pub ports: BTreeSet<PortId>,
    pub bridges: BTreeSet<NetworkId>,
}

/// The plan without the steps that would mend these. A bridge that another step leans on is made.
pub fn withhold(mut plan: Plan, withheld: &Withheld) -> Plan {
    if withheld.ports.is_empty() && withheld.bridges.is_empty() {
        return plan;
    }
    let unmade = unmade(&plan, withheld);
    plan.remove.retain(|planned| !moves(planned, withheld));
    plan.add.retain(|planned| {
        let mends = moves(planned, withheld);
        !mends && !speaks_of(&planned.step, &unmade)
    });
    let needed: BTreeSet<NetworkId> = plan.steps().filter_map(leans_on).collect();
    plan.add.retain(|planned| match planned.step {
        // The host comes back to a network together with its bridge.
        Step::EnsureBridge { network, .. } | Step::EnsureGateway { network, .. } => {
            !withheld.bridges.contains(&network) || needed.contains(&network)
        }
        _ => true,
    });
    plan
}

/// Ports that are not there and stay away.
fn unmade(plan: &Plan, withheld: &Withheld) -> BTreeSet<PortId> {
    let made = plan.steps().filter_map(|step| match step {
        Step::EnsurePort { port, .. } => Some(*port),
        _ => None,
    });
    made.filter(|port| withheld.ports.contains(port)).collect()
}

fn moves(planned: &Planned, withheld: &Withheld) -> bool {
    match planned.step {
        Step::SetMaster { port, .. } => withheld.ports.contains(&port),
        _ => false,
    }
}

fn speaks_of(step: &Step, unmade: &BTreeSet<PortId>) -> bool {
    match step {
        Step::EnsurePort { port, .. }
        | Step::ConfigureInterface { port }
        | Step::SetAdmin { port, .. } => unmade.contains(port),
        Step::EnsureRedirect { from, to } => unmade.contains(from) || unmade.contains(to),
        Step::RemoveRedirect { .. }
        | Step::StopNode { .. }
        | Step::RemovePort { .. }
        | Step::RemoveAllPorts
        | Step::WipeNode { .. }
        | Step::RemoveNode { .. }
        | Step::RemoveBridge { .. }
        | Step::RemoveGateway { .. }
        | Step::EnsureBridge { .. }
        | Step::EnsureGateway { .. }
        | Step::EnsureNode { .. }
        | Step::SetMaster { .. }
        | Step::ConfigureNode { .. }
        | Step::ReleaseNode { .. } => false,
    }
}

fn leans_on(step: &Step) -> Option<NetworkId> {
    match step {
        Step::EnsurePort { master, .. } | Step::SetMaster { master, .. } => *master,
        _ => None,
    }
}
