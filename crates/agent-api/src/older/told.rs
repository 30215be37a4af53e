//! What an agent tells, as protocol 2 reads it: a word that it does not know must become one it knows.

use model::drift::{Drift, DriftKind, Found};
use model::status::{LabStatus, NodeState, Plumbed};

use crate::spec::ApplyOutcome;

pub(super) fn outcome(outcome: &mut ApplyOutcome) {
    match outcome {
        ApplyOutcome::Accepted
        | ApplyOutcome::Unchanged
        | ApplyOutcome::StaleGeneration { .. }
        | ApplyOutcome::Conflict { .. }
        | ApplyOutcome::Invalid { .. }
        | ApplyOutcome::Forbidden { .. }
        | ApplyOutcome::HashTaken { .. } => {}
    }
}

pub(super) fn lab(status: &mut LabStatus) {
    for node in status.nodes.values_mut() {
        state(&mut node.state);
    }
    for link in status.links.values_mut() {
        match link.plumbed {
            Plumbed::Yes | Plumbed::No | Plumbed::Idle => {}
        }
    }
    status.drifts.iter_mut().for_each(drift);
}

fn state(state: &mut NodeState) {
    match state {
        NodeState::Stopped
        | NodeState::Waiting { .. }
        | NodeState::Starting { .. }
        | NodeState::Running { .. }
        | NodeState::Degraded { .. }
        | NodeState::Stopping
        | NodeState::Failed { .. } => {}
    }
}

fn drift(drift: &mut Drift) {
    match drift.kind {
        DriftKind::DiscoveredLink | DriftKind::LostLink | DriftKind::MovedLink => {}
    }
    match drift.found {
        Some(Found::Bridge { .. } | Found::Name { .. } | Found::Namespace { .. }) | None => {}
    }
}
