//! How far a job is: what was wished for against what the agent reports. Pure.
//!
//! A report counts only when it answers a spec that holds the job's wishes: an older one speaks of
//! the time before.

use api::job::{JobAct, JobNode, JobState};
use model::spec::{RunWishes, Wish};
use model::status::{LabStatus, NodeState, NodeStatus};
use model::{Generation, Lab, NodeId};

use super::JobRecord;

/// A node that was already failed needs a moment until the new attempt shows.
const FRESH_FAILURE_MS: u64 = 3000;

/// Everything a job is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// `None`: the lab was removed.
    pub lab: Option<&'a Lab>,
    /// The wishes now.
    pub wishes: &'a RunWishes,
    /// What the agent accepted last: the generation, and the wishes in it.
    pub accepted: Option<(Generation, &'a RunWishes)>,
    /// Why the agent could not be told; empty when it could.
    pub refused: &'a [String],
    pub status: &'a LabStatus,
    pub now_ms: u64,
}

/// What became of one node.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// With what it waits for.
    Pending(String),
    Done,
    Failed(String),
    /// Somebody wished for something else since.
    Superseded,
}

/// The job as it is now.
pub fn advance(record: &JobRecord, seen: Seen<'_>) -> JobRecord {
    let mut next = record.clone();
    let mut failures = Vec::new();
    let mut superseded = false;
    for node in &mut next.job.nodes {
        let wished = record.wishes.get(&node.node).copied().unwrap_or_default();
        let outcome = judge(record, node.node, wished, seen);
        describe(node, &outcome, seen);
        match outcome {
            Outcome::Failed(why) => failures.push(format!("{}: {why}", node.name)),
            Outcome::Superseded => superseded = true,
            Outcome::Pending(_) | Outcome::Done => {}
        }
    }
    let done = next.job.nodes.iter().filter(|node| node.done).count();
    next.job.done = u32::try_from(done).unwrap_or(u32::MAX);
    if next.job.done == next.job.total {
        next.job.ended_ms = Some(seen.now_ms);
        next.job.state = if !failures.is_empty() {
            JobState::Failed {
                why: failures.join("; "),
            }
        } else if superseded {
            JobState::Cancelled
        } else {
            JobState::Succeeded
        };
    }
    next
}

fn judge(record: &JobRecord, id: NodeId, wished: Wish, seen: Seen<'_>) -> Outcome {
    let present = seen.lab.is_some_and(|lab| lab.nodes.contains_key(&id));
    let now = seen.wishes.get(&id).copied().unwrap_or_default();
    if !present || is_other_wish(record.job.act, wished, now) {
        return Outcome::Superseded;
    }
    if !seen.refused.is_empty() {
        return Outcome::Failed(seen.refused.join("; "));
    }
    // The host was never told of the lab, so nothing of it runs there.
    if !was_started(seen.wishes) {
        return Outcome::Done;
    }
    let told = seen.accepted.filter(|(_, wishes)| {
        let told = wishes.get(&id).copied().unwrap_or_default();
        told.start >= wished.start && told.wipe >= wished.wipe && told.on == wished.on
    });
    let Some((generation, _)) = told else {
        return Outcome::Pending("the agent of this host is not reachable".into());
    };
    let Some(status) = seen.status.nodes.get(&id) else {
        return Outcome::Pending("waiting for the agent's first report".into());
    };
    if seen.status.generation < generation {
        return Outcome::Pending("waiting for the agent".into());
    }
    let started_ms = record.job.started_ms;
    let settled = seen.now_ms >= started_ms + FRESH_FAILURE_MS || status.since_ms >= started_ms;
    arrived(record.job.act, wished, status, settled)
}

/// Whether the host has to know of the lab. Labs nobody ever started cost it nothing.
pub fn was_started(wishes: &RunWishes) -> bool {
    wishes.values().any(|wish| wish.start > 0)
}

/// A start is taken back by a stop, a stop by a start; a further restart serves a start as well.
fn is_other_wish(act: JobAct, wished: Wish, now: Wish) -> bool {
    match act {
        JobAct::Start | JobAct::Restart => !now.on,
        JobAct::Stop => now.on,
        JobAct::Wipe => now.on || now.wipe < wished.wipe,
    }
}

fn arrived(act: JobAct, wished: Wish, status: &NodeStatus, settled: bool) -> Outcome {
    let pending = || Outcome::Pending(status.state.detail().to_owned());
    match (&status.state, act) {
        (NodeState::Failed { why }, _) if settled => Outcome::Failed(why.clone()),
        (
            NodeState::Running { booted: true } | NodeState::Degraded { .. },
            JobAct::Start | JobAct::Restart,
        ) if status.start >= wished.start => Outcome::Done,
        (NodeState::Stopped, JobAct::Stop | JobAct::Wipe) => Outcome::Done,
        (
            NodeState::Failed { .. }
            | NodeState::Running { .. }
            | NodeState::Degraded { .. }
            | NodeState::Stopped
            | NodeState::Waiting { .. }
            | NodeState::Starting { .. }
            | NodeState::Stopping,
            _,
        ) => pending(),
    }
}

fn describe(node: &mut JobNode, outcome: &Outcome, seen: Seen<'_>) {
    let status = seen.status.nodes.get(&node.node);
    node.state = status
        .map_or("waiting", |status| status.state.word())
        .into();
    node.done = !matches!(outcome, Outcome::Pending(_));
    node.detail = match outcome {
        Outcome::Pending(what) | Outcome::Failed(what) => what.clone(),
        Outcome::Done => status
            .map(|status| status.state.detail().to_owned())
            .unwrap_or_default(),
        Outcome::Superseded => "something else was asked for since".into(),
    };
}

#[cfg(test)]
#[path = "progress_tests.rs"]
mod tests;
