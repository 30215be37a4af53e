//! One node's state, by what is wanted, seen and under way.

use model::NodeId;
use model::seen::NodePhase;
use model::spec::{DriverSpec, NodeSpec, RunWish};
use model::status::{NodeState, NodeStatus, Usage};
use runtime::NodeObserved;

use crate::lab::board::{Board, View, Work, WorkKind};

/// `since_ms` is 0 where only the teller knows.
pub(super) fn status(
    spec: Option<&NodeSpec>,
    view: &View,
    board: &Board,
    id: NodeId,
) -> NodeStatus {
    let seen = view.observed.nodes.get(&id);
    let running = seen.filter(|node| node.phase == NodePhase::Running);
    let (state, since_ms) = state(spec, seen, view, board, id);
    let pending = view.pending.get(&id).filter(|_| running.is_some());
    NodeStatus {
        state,
        since_ms,
        start: running.map_or(0, |node| node.start),
        wipe: seen.map_or(0, |node| node.wipe),
        pending: pending.cloned().unwrap_or_default(),
        consoles: running
            .map(|node| node.consoles.clone())
            .unwrap_or_default(),
        processes: running
            .map(|node| node.processes.clone())
            .unwrap_or_default(),
        usage: running.map_or(Usage::default(), |node| node.usage),
    }
}

fn state(
    spec: Option<&NodeSpec>,
    seen: Option<&NodeObserved>,
    view: &View,
    board: &Board,
    id: NodeId,
) -> (NodeState, u64) {
    let run = spec.map_or(RunWish::Off, |spec| spec.run);
    if let Some(state) = board.work(id).and_then(under_way) {
        return (state, 0);
    }
    let phase = seen.map_or(NodePhase::Data, |node| node.phase);
    match (run, phase) {
        (RunWish::On { start }, NodePhase::Running) => {
            let node = seen.expect("a phase other than data is a seen one");
            // A restart that is wished and not begun.
            if node.start < start {
                (NodeState::Stopping, 0)
            } else {
                (node.state.clone(), node.since_ms)
            }
        }
        (RunWish::On { start }, NodePhase::Data | NodePhase::Held) => match seen {
            Some(node) if has_ended(node, start) => (node.state.clone(), node.since_ms),
            Some(_) | None => (not_running(spec, phase, view, board, id), 0),
        },
        (RunWish::Off, NodePhase::Data) => (NodeState::Stopped, 0),
        (RunWish::Off, NodePhase::Held | NodePhase::Running) => (ending(seen, view, board, id), 0),
    }
}

/// By itself, and is not to be started again for this wish.
fn has_ended(node: &NodeObserved, start: u64) -> bool {
    node.phase == NodePhase::Data && node.start > 0 && node.start >= start
}

/// What the work makes of its node.
fn under_way(work: &Work) -> Option<NodeState> {
    match work.kind {
        WorkKind::Changing => None,
        WorkKind::Waiting => Some(NodeState::Waiting {
            for_what: work.step.clone(),
        }),
        WorkKind::Starting => Some(NodeState::Starting {
            step: work.step.clone(),
        }),
        WorkKind::Stopping => Some(NodeState::Stopping),
    }
}

/// It shall run and does not.
fn not_running(
    spec: Option<&NodeSpec>,
    phase: NodePhase,
    view: &View,
    board: &Board,
    id: NodeId,
) -> NodeState {
    if let Some(DriverSpec::CannotRun { kind }) = spec.map(|spec| &spec.driver) {
        return NodeState::Failed {
            why: format!("this host cannot run nodes of kind {kind}"),
        };
    }
    let blocked = view.blocked.get(&id).cloned();
    let unclear = view.observed.unclear.get(&id).cloned();
    if let Some(why) = board.troubles.words(id).or(blocked).or(unclear) {
        return NodeState::Failed { why };
    }
    match phase {
        NodePhase::Held => NodeState::Starting {
            step: "interfaces".into(),
        },
        NodePhase::Data | NodePhase::Running => NodeState::Waiting {
            for_what: "its turn".into(),
        },
    }
}

/// It shall not run and does. Nobody stops the nodes of a lab that is frozen or was never asked for.
fn ending(seen: Option<&NodeObserved>, view: &View, board: &Board, id: NodeId) -> NodeState {
    match (seen, &view.frozen, board.troubles.words(id)) {
        (Some(node), Some(_), _) => node.state.clone(),
        (_, _, Some(why)) => NodeState::Degraded {
            why: format!("it does not stop: {why}"),
        },
        (_, _, None) => NodeState::Stopping,
    }
}
