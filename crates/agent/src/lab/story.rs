//! The operator's story of a lab: which nodes came up and which went down, once each.
//!
//! Why a node fails or runs badly is told where it happens (`step.failed`, `node.notice`).

use agent_api::RequestId;
use model::NodeId;
use model::status::{LabStatus, NodeState};

use super::Inner;

/// What the status tells that the one before did not.
pub(super) fn tell(lab: &Inner, before: Option<&LabStatus>, now: &LabStatus) {
    let Some(before) = before else {
        return begin(lab, now);
    };
    let request = lab.causes.last();
    for (id, node) in &now.nodes {
        let was = before.nodes.get(id).map(|node| &node.state);
        if was.map(NodeState::word) != Some(node.state.word())
            || matches!((was, &node.state), (Some(was), now) if booted(was) != booted(now))
        {
            tell_node(lab, *id, was, &node.state, request.as_ref());
        }
    }
}

/// What this agent found when it began with the lab.
fn begin(lab: &Inner, now: &LabStatus) {
    let running = now
        .nodes
        .values()
        .filter(|node| booted(&node.state))
        .count();
    if running > 0 {
        let nodes = now.nodes.len();
        tracing::info!(lab.id = %lab.id, nodes, running, "lab.found");
    }
}

fn tell_node(
    lab: &Inner,
    id: NodeId,
    was: Option<&NodeState>,
    now: &NodeState,
    request: Option<&RequestId>,
) {
    let (was_word, request) = (was.map(NodeState::word), request.map(RequestId::as_str));
    match now {
        NodeState::Running { booted: true } => {
            tracing::info!(lab.id = %lab.id, node.id = %id, request.id = request, "node.running");
        }
        NodeState::Stopped if was.is_some() => {
            tracing::info!(lab.id = %lab.id, node.id = %id, request.id = request, "node.stopped");
        }
        NodeState::Stopped
        | NodeState::Running { booted: false }
        | NodeState::Waiting { .. }
        | NodeState::Starting { .. }
        | NodeState::Degraded { .. }
        | NodeState::Stopping
        | NodeState::Failed { .. } => {
            let (state, why) = (now.word(), now.detail());
            tracing::debug!(lab.id = %lab.id, node.id = %id, was = was_word, state, why, "node.state");
        }
    }
}

fn booted(state: &NodeState) -> bool {
    matches!(state, NodeState::Running { booted: true })
}
