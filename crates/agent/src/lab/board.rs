//! What is known between two passes: the last look, the work under way, the troubles. All of it may
//! be lost without harm; a new agent finds it out again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_api::LabEntry;
use fabric::Counters;
use model::plan::Part;
use model::seen::{NodePhase, NodeSeen, PortId};
use model::spec::{NodeSpec, RunWish};
use model::status::NodeState;
use model::{Generation, NodeId};
use runtime::NodeObserved;
use tokio::task::AbortHandle;

use super::Wish;
use super::drift::Drifts;
use super::observe::Observed;
use super::trouble::Troubles;

#[derive(Default)]
pub(super) struct Board {
    pub view: Option<View>,
    /// What went through its ports at the last count.
    pub counters: BTreeMap<PortId, Counters>,
    /// What the last pass could not do for the lab as a whole.
    pub problems: Vec<String>,
    /// The wish whose networks' uplinks were all looked at.
    pub uplinks_of: Option<Generation>,
    /// The wish for which the last look found everything right.
    pub right_for: Option<Arc<Wish>>,
    /// How long it took to look at the host.
    pub look_took: Duration,
    /// Why the plan of this pass is not carried out.
    pub refused_plan: Option<String>,
    pub troubles: Troubles,
    pub drifts: Drifts,
    work: BTreeMap<NodeId, Work>,
    /// Ports that the quick pass makes that is under way.
    pub in_quick_pass: BTreeSet<PortId>,
    pub reaper: Option<AbortHandle>,
    /// State as it was told last, and since when.
    pub told: BTreeMap<NodeId, (NodeState, u64)>,
    /// The wish whose delay of its start each node has had.
    pub delayed: BTreeMap<NodeId, RunWish>,
    /// When each dead supervisor was found to have ended, so that a death is counted once.
    deaths: BTreeMap<NodeId, u64>,
}

/// The lab at the last look.
pub(super) struct View {
    pub generation: Generation,
    /// None for a tombstone and for a lab that is frozen.
    pub wish: Option<Arc<LabEntry>>,
    pub frozen: Option<String>,
    pub observed: Observed,
    /// Nodes that cannot start now, and why.
    pub blocked: BTreeMap<NodeId, String>,
    /// What of each running node waits for a restart.
    pub pending: BTreeMap<NodeId, Vec<String>>,
}

/// A node's work under way.
pub(super) struct Work {
    pub kind: WorkKind,
    /// In a person's words: `interfaces`.
    pub step: String,
    pub task: AbortHandle,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum WorkKind {
    /// A port more or less; the node stays what it is.
    Changing,
    /// Waits for its turn.
    Waiting,
    Starting,
    Stopping,
}

impl View {
    pub fn new(wish: &Wish, observed: Observed, blocked: BTreeMap<NodeId, String>) -> Self {
        let (present, frozen) = match wish {
            Wish::Present(present) => (Some(present.clone()), None),
            Wish::Tombstone(_) => (None, None),
            Wish::Frozen(why) => (None, Some(why.clone())),
        };
        Self {
            generation: wish.generation(),
            wish: present,
            frozen,
            observed,
            blocked,
            pending: BTreeMap::new(),
        }
    }

    /// Compared anew only where the node's wish or what runs is another: it takes a hash of every part.
    fn compare(&mut self, before: Option<&Self>) {
        let Some(LabEntry::Present { spec, .. }) = self.wish.as_deref() else {
            return;
        };
        for (id, node) in &self.observed.nodes {
            let Some(wanted) = spec.nodes.get(id) else {
                continue;
            };
            if node.phase != NodePhase::Running {
                continue;
            }
            let kept = before.and_then(|before| {
                let was = before.observed.nodes.get(id)?;
                let same =
                    was.fingerprint == node.fingerprint && before.wanted(*id) == Some(wanted);
                before.pending.get(id).filter(|_| same).cloned()
            });
            let pending = kept.unwrap_or_else(|| wanted.pending(&node.fingerprint));
            self.pending.insert(*id, pending);
        }
    }

    fn wanted(&self, node: NodeId) -> Option<&NodeSpec> {
        match self.wish.as_deref() {
            Some(LabEntry::Present { spec, .. }) => spec.nodes.get(&node),
            Some(LabEntry::Tombstone { .. }) | None => None,
        }
    }

    pub fn run_wish(&self, node: NodeId) -> Option<RunWish> {
        Some(self.wanted(node)?.run)
    }
}

impl Board {
    /// Takes in a look. The answer is what a person should be told of it.
    pub fn look(&mut self, mut view: View) -> Vec<(NodeId, String)> {
        view.compare(self.view.as_ref());
        self.right_for = None;
        self.troubles.retain(|node| view.run_wish(node));
        let mut news = Vec::new();
        for (id, node) in &view.observed.nodes {
            let runs = node.phase == NodePhase::Running
                && node.state == (NodeState::Running { booted: true });
            self.troubles.look(*id, runs, Instant::now());
            let (NodeState::Failed { why }, NodePhase::Data) = (&node.state, node.phase) else {
                continue;
            };
            // It is not started again.
            if node.start > 0 {
                continue;
            }
            let first_seen = self.deaths.insert(*id, node.since_ms) != Some(node.since_ms);
            if let (true, Some(wish @ RunWish::On { .. })) = (first_seen, view.run_wish(*id)) {
                self.troubles.failed(*id, why.clone(), wish, Instant::now());
                news.push((*id, format!("{why}; it is started again")));
            }
        }
        self.view = Some(view);
        self.problems = self.refused_plan.take().into_iter().collect();
        news
    }

    /// See `Inner::stands_still`. Whatever is tried again by the clock keeps it from standing still, and
    /// so do uplinks, which only a pass looks at.
    pub fn stands_still(&self, wish: &Wish, observed: &Observed) -> bool {
        let (Some(right_for), Some(view)) = (&self.right_for, &self.view) else {
            return false;
        };
        let spec = wish.spec();
        let mut networks = spec.into_iter().flat_map(|spec| spec.networks.values());
        right_for.is(wish)
            && self.work.is_empty()
            && !self.drifts.is_under_way()
            && self.problems.is_empty()
            && self.troubles.is_empty()
            && networks.all(|network| network.uplink.is_none())
            && view.observed.is_like(observed)
    }

    /// The part that a new wish changes of a lab that stood right, with its nodes at the last look; none:
    /// it takes an ordinary pass. Asked for once: whatever comes next is looked at as a whole.
    pub fn part(&mut self, wish: &Wish) -> Option<(Part, BTreeMap<NodeId, NodeSeen>)> {
        let before = self.right_for.take_if(|before| !before.is(wish))?;
        let is_calm = self.work.is_empty()
            && self.problems.is_empty()
            && self.troubles.is_empty()
            && !self.drifts.is_under_way();
        let part = Part::between(before.spec()?, wish.spec()?).filter(|_| is_calm)?;
        let seen = &self.view.as_ref()?.observed.seen;
        let of_part = |id: NodeId| Some((id, seen.nodes.get(&id)?.clone()));
        let nodes = part.nodes().into_iter().filter_map(of_part).collect();
        (!self.drifts.touch(&part)).then_some((part, nodes))
    }

    /// Whether it is another than before.
    pub fn take_usage(&mut self, observed: &Observed) -> bool {
        let Some(view) = &mut self.view else {
            return false;
        };
        let mut is_another = false;
        for (id, node) in &mut view.observed.nodes {
            let usage = observed.nodes.get(id).map(|node| node.usage);
            if let Some(usage) = usage.filter(|usage| *usage != node.usage) {
                node.usage = usage;
                is_another = true;
            }
        }
        is_another
    }

    /// Nothing of the lab runs, nor shall.
    pub fn is_asleep(&self) -> bool {
        let Some(view) = &self.view else { return false };
        let nodes = view.observed.nodes.iter();
        let alive = |(id, node): (&NodeId, &NodeObserved)| {
            node.phase != NodePhase::Data
                || view.run_wish(*id).is_some_and(|run| run != RunWish::Off)
        };
        self.work.is_empty() && !nodes.into_iter().any(alive)
    }

    pub fn supervisors(&self) -> u64 {
        let nodes = self
            .view
            .iter()
            .flat_map(|view| view.observed.nodes.values());
        let alive = nodes.filter(|node| node.phase != NodePhase::Data);
        alive.map(|_| 1).sum()
    }

    pub fn begin(&mut self, node: NodeId, work: Work) {
        self.work.insert(node, work);
    }

    pub fn end(&mut self, node: NodeId) {
        self.work.remove(&node);
    }

    pub fn progress(&mut self, node: NodeId, kind: WorkKind, step: &str) {
        if let Some(work) = self.work.get_mut(&node) {
            work.kind = kind;
            step.clone_into(&mut work.step);
        }
    }

    pub fn work(&self, node: NodeId) -> Option<&Work> {
        self.work.get(&node)
    }

    /// The node, or a port of it, is being made.
    pub fn is_coming(&self, node: NodeId) -> bool {
        let work = self.work.get(&node);
        let starts = |work: &Work| matches!(work.kind, WorkKind::Waiting | WorkKind::Starting);
        let mut made = self.in_quick_pass.iter();
        work.is_some_and(starts) || made.any(|port| port.node == node)
    }

    /// Bridges of the lab are being removed.
    pub fn is_reaping(&self) -> bool {
        let reaper = self.reaper.as_ref();
        reaper.is_some_and(|reaper| !reaper.is_finished())
    }

    pub fn busy(&self) -> BTreeSet<NodeId> {
        self.work.keys().copied().collect()
    }

    /// Gives up starts that are no longer wanted; what they made is found by the next look.
    pub fn abort_unwanted_starts(&mut self, wish: &Wish) {
        self.work.retain(|node, work| {
            let starts = matches!(work.kind, WorkKind::Waiting | WorkKind::Starting);
            let unwanted = starts && !wish.shall_run(*node);
            if unwanted {
                work.task.abort();
            }
            !unwanted
        });
    }

    pub fn abort_all(&mut self) {
        for work in std::mem::take(&mut self.work).into_values() {
            work.task.abort();
        }
        if let Some(reaper) = self.reaper.take() {
            reaper.abort();
        }
    }

    pub fn next_retry(&self) -> Option<Duration> {
        self.troubles.next_retry(Instant::now())
    }
}
