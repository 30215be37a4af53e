//! One pass: observe, plan, remove, add, publish.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use agent_api::Event;
use model::plan::{Plan, Planned, Step, plan_lab, plan_removal};
use model::{NetworkId, NodeId};

use super::board::{View, WorkKind};
use super::observe::{self, Observed};
use super::step::nodes_of;
use super::work::{self, Chain};
use super::{Inner, Wish};

/// Whether it is worth to look again at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Did,
    Quiet,
    /// The lab was to go and is gone.
    Gone,
}

pub(super) async fn run(lab: &Arc<Inner>) -> Outcome {
    let wish = Arc::new(lab.wish());
    lab.board().abort_unwanted_starts(&wish);
    let observed = match observe::run(lab).await {
        Ok(observed) => observed,
        Err(error) => {
            tracing::warn!(lab.id = %lab.id, error = %format!("{error:#}"), "lab.observe failed");
            lab.board().problems = vec![format!("the host could not be looked at: {error:#}")];
            lab.changed.notify_one();
            return Outcome::Quiet;
        }
    };
    let plan = plan(lab, &wish, &observed);
    if lab.fulfil(&wish, &observed) {
        return Outcome::Gone;
    }
    let unclear: BTreeSet<NodeId> = observed.unclear.keys().copied().collect();
    lab.take_in(View::new(&wish, observed, plan.blocked.clone()));
    let removed = remove(lab, &wish, plan.remove).await;
    let added = match removed {
        Removed::Failed => 0,
        Removed::Well { ref left, .. } => add(lab, &wish, plan.add, &(&unclear | left)).await,
    };
    if added + removed.done() > 0 {
        Outcome::Did
    } else {
        Outcome::Quiet
    }
}

fn plan(lab: &Inner, wish: &Wish, observed: &Observed) -> Plan {
    match (wish, wish.spec()) {
        (Wish::Present(_), Some(spec)) => plan_lab(spec, &observed.seen, &lab.names),
        (Wish::Tombstone(_), _) => plan_removal(&observed.seen),
        (Wish::Present(_), None) | (Wish::Frozen(_), _) => Plan::default(),
    }
}

enum Removed {
    /// Something of the lab as a whole is still in the way: nothing is added in this pass.
    Failed,
    /// How much was done, and the nodes that are not done with.
    Well { done: usize, left: BTreeSet<NodeId> },
}

impl Removed {
    fn done(&self) -> usize {
        match self {
            Self::Failed => 0,
            Self::Well { done, .. } => *done,
        }
    }
}

/// Redirects first, so that no frame goes to a device that is gone; then the nodes, each by itself;
/// then what belongs to the lab.
async fn remove(lab: &Arc<Inner>, wish: &Arc<Wish>, steps: Vec<Planned>) -> Removed {
    let mut phases = Removal::default();
    let busy = lab.board().busy();
    for planned in steps {
        phases.sort_in(planned, &busy);
    }
    let mut done = 0;
    for planned in &phases.redirects {
        done += usize::from(work::run_step(lab, wish, planned).await.is_ok());
    }
    let came = work::run_all(lab, wish, chains(phases.nodes, WorkKind::Stopping)).await;
    let left = &came.not_done | &busy;
    done += came.done;
    if phases.all_ports.is_some() && !left.is_empty() {
        // Some nodes still end; the ports of the others go with them, or in a later pass.
        return Removed::Well { done, left };
    }
    if let Some(planned) = &phases.all_ports {
        if let Err(why) = work::run_step(lab, wish, planned).await {
            lab.problem(why);
            return Removed::Failed;
        }
        done += 1;
    }
    lab.reap(phases.bridges);
    Removed::Well { done, left }
}

#[derive(Default)]
struct Removal {
    redirects: Vec<Planned>,
    nodes: BTreeMap<NodeId, Vec<Planned>>,
    all_ports: Option<Planned>,
    bridges: Vec<NetworkId>,
}

impl Removal {
    /// Steps of busy nodes are dropped: their own work ends with waking us.
    fn sort_in(&mut self, planned: Planned, busy: &BTreeSet<NodeId>) {
        match (&planned.step, nodes_of(&planned.step).first()) {
            (Step::RemoveRedirect { .. }, _) => self.redirects.push(planned),
            (Step::RemoveAllPorts, _) => self.all_ports = Some(planned),
            (Step::RemoveBridge { network }, _) => self.bridges.push(*network),
            (_, Some(node)) if !busy.contains(node) => {
                self.nodes.entry(*node).or_default().push(planned);
            }
            (_, _) => {}
        }
    }
}

/// Networks, then the nodes with their ports, then the links between those that are ready, and their
/// processes last.
async fn add(
    lab: &Arc<Inner>,
    wish: &Arc<Wish>,
    steps: Vec<Planned>,
    left_out: &BTreeSet<NodeId>,
) -> usize {
    let mut phases = Addition::default();
    let mut not_ready: BTreeSet<NodeId> = left_out | &lab.board().busy();
    let now = Instant::now();
    for planned in steps {
        let held =
            |node: &NodeId| not_ready.contains(node) || lab.board().troubles.holds(*node, now);
        if !nodes_of(&planned.step).iter().any(held) {
            phases.sort_in(planned);
        }
    }
    let mut done = 0;
    if !phases.bridges.is_empty() {
        lab.stop_reaping();
    }
    for planned in &phases.bridges {
        match work::run_step(lab, wish, planned).await {
            Ok(()) => done += 1,
            Err(why) => lab.problem(why),
        }
    }
    let made = work::run_all(lab, wish, chains(phases.nodes, WorkKind::Starting)).await;
    not_ready.extend(made.not_done);
    let ready = |planned: &&Planned| {
        !nodes_of(&planned.step)
            .iter()
            .any(|n| not_ready.contains(n))
    };
    for planned in phases.links.iter().filter(ready) {
        match work::run_step(lab, wish, planned).await {
            Ok(()) => done += 1,
            Err(why) => lab.problem(why),
        }
    }
    phases.releases.retain(|node, _| !not_ready.contains(node));
    let released = work::run_all(lab, wish, chains(phases.releases, WorkKind::Starting)).await;
    done + made.done + released.done
}

#[derive(Default)]
struct Addition {
    bridges: Vec<Planned>,
    nodes: BTreeMap<NodeId, Vec<Planned>>,
    links: Vec<Planned>,
    releases: BTreeMap<NodeId, Vec<Planned>>,
}

impl Addition {
    fn sort_in(&mut self, planned: Planned) {
        match (&planned.step, nodes_of(&planned.step).first()) {
            (Step::EnsureRedirect { .. } | Step::SetAdmin { .. }, _) => self.links.push(planned),
            (Step::ReleaseNode { node }, _) => {
                self.releases.entry(*node).or_default().push(planned);
            }
            (_, Some(node)) => self.nodes.entry(*node).or_default().push(planned),
            (_, None) => self.bridges.push(planned),
        }
    }
}

fn chains(nodes: BTreeMap<NodeId, Vec<Planned>>, kind: WorkKind) -> Vec<Chain> {
    let chains = nodes.into_iter();
    chains
        .map(|(node, steps)| Chain { node, kind, steps })
        .collect()
}

impl Inner {
    fn take_in(&self, view: View) {
        let news = self.board().look(view);
        for (node, message) in news {
            self.notice(node, message);
        }
        self.changed.notify_one();
    }

    fn problem(&self, why: String) {
        self.board().problems.push(why);
        self.changed.notify_one();
    }

    pub(super) fn notice(&self, node: NodeId, message: String) {
        tracing::info!(lab.id = %self.id, node.id = %node, message, "node.notice");
        self.host.tell(Event::Notice {
            lab: self.id,
            node: Some(node),
            message,
        });
    }

    pub(super) fn notice_all(&self, node: NodeId, messages: Vec<String>) {
        for message in messages {
            self.notice(node, message);
        }
    }

    /// True when the lab is to go and gone, to the last object.
    fn fulfil(&self, wish: &Wish, observed: &Observed) -> bool {
        let Wish::Tombstone(tombstone) = wish else {
            return false;
        };
        let seen = &observed.seen;
        if !(seen.nodes.is_empty() && seen.ports.is_empty() && seen.bridges.is_empty()) {
            return false;
        }
        let kept = self.host.ledger().fulfil(self.id, tombstone);
        match kept {
            Ok(fulfilled) => {
                tracing::info!(lab.id = %self.id, "lab.removed");
                self.changed.notify_one();
                fulfilled
            }
            Err(error) => {
                self.problem(error.to_string());
                false
            }
        }
    }

    /// Bridges are slow to delete, 16 ms each, so nobody waits for them.
    fn reap(self: &Arc<Self>, bridges: Vec<NetworkId>) {
        let mut board = self.board();
        if bridges.is_empty()
            || board
                .reaper
                .as_ref()
                .is_some_and(|reaper| !reaper.is_finished())
        {
            return;
        }
        let lab = self.clone();
        let reaper = tokio::spawn(async move {
            for few in bridges.chunks(BRIDGES_AT_ONCE) {
                if let Err(error) = lab.host.fabric.remove_bridges(&lab.names, few).await {
                    lab.problem(error.to_string());
                }
            }
            lab.wake.notify_one();
        });
        board.reaper = Some(reaper.abort_handle());
    }

    /// The lab is wanted again.
    fn stop_reaping(&self) {
        if let Some(reaper) = self.board().reaper.take() {
            reaper.abort();
        }
    }
}

/// The kernel holds a lock for each message; others shall get their turn between two.
const BRIDGES_AT_ONCE: usize = 5;
