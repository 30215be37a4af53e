//! What was seen of nodes, for as long as it holds: a pass over a lab that stands still asks nobody.
//!
//! ```text
//! (nothing) ─look─▶ kept ─its supervisor tells─▶ kept
//!     ▲              │
//!     └ an act on the node begins or ends · its supervisor ends · told while it was looked at
//! ```
//! A node that lives is kept only while its supervisor is listened to. What it uses is told by no event,
//! so each look has a few asked again beside it, those longest kept; so is found one that hangs. Of a
//! node at rest nobody tells, and a launcher that was given up may still wake it: it is kept for
//! seconds. It all begins empty: a new agent looks at everything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use model::seen::NodePhase;

use super::driver::Driver;
use super::folder::Data;
use super::protocol::Status;
use crate::driver::{NodeObserved, NodeRef};

/// Nodes asked anew in one look, and how long each is left in peace.
const ASKED_AGAIN: usize = 16;
const ASKED_AGAIN_AFTER: Duration = Duration::from_millis(1900);
/// How long nobody looks whether a node at rest lives after all.
const REST_HOLDS: Duration = Duration::from_secs(10);
/// Should a folder come or go without our doing, it is found after this long.
const LIST_HOLDS: Duration = Duration::from_secs(10);

/// Whose folders there are.
pub(super) type List = Arc<[(NodeRef, Data)]>;

#[derive(Default)]
pub(super) struct Kept {
    nodes: BTreeMap<NodeRef, Entry>,
    /// Counts what was heard of a node, so that an older look does not overwrite it.
    heard: BTreeMap<NodeRef, u64>,
    /// Acts under way on a node.
    touched: BTreeMap<NodeRef, usize>,
    list: Option<(Instant, List)>,
    /// How often the list was given up.
    lists: u64,
}

struct Entry {
    observed: NodeObserved,
    asked: Instant,
}

/// An act on a node: nothing kept of it is believed until it ends.
pub(super) struct Touch<'a>(&'a Driver, NodeRef);

impl<'a> Touch<'a> {
    pub(super) fn new(driver: &'a Driver, node: NodeRef) -> Self {
        let mut kept = driver.kept();
        *kept.touched.entry(node).or_default() += 1;
        kept.forget(node);
        drop(kept);
        Self(driver, node)
    }

    /// Its folder is there, or gone.
    pub(super) fn changed_folders(&self) {
        self.0.kept().forget_list();
    }
}

impl Drop for Touch<'_> {
    fn drop(&mut self) {
        let mut kept = self.0.kept();
        if let Some(acts) = kept.touched.get_mut(&self.1) {
            *acts -= 1;
            if *acts == 0 {
                kept.touched.remove(&self.1);
            }
        }
        kept.forget(self.1);
        kept.forget_list();
    }
}

impl Driver {
    pub(super) fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // What is kept may always be forgotten, so that a half-made change of it does no harm.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    pub(super) fn forget(&mut self, node: NodeRef) {
        self.nodes.remove(&node);
        *self.heard.entry(node).or_default() += 1;
    }

    fn forget_list(&mut self) {
        self.list = None;
        self.lists += 1;
    }

    /// Whose folders there are, if that is known, and the number of this state of knowledge.
    pub(super) fn list(&self) -> (Option<List>, u64) {
        let holds = |(at, _): &&(Instant, List)| at.elapsed() < LIST_HOLDS;
        let list = self.list.as_ref().filter(holds);
        (list.map(|(_, list)| list.clone()), self.lists)
    }

    pub(super) fn keep_list(&mut self, list: &List, number: u64) {
        if self.lists == number {
            self.list = Some((Instant::now(), list.clone()));
            let there: BTreeSet<NodeRef> = list.iter().map(|(node, _)| *node).collect();
            self.heard.retain(|node, _| there.contains(node));
            self.nodes.retain(|node, _| there.contains(node));
        }
    }

    /// What holds of the nodes; the others are to be looked at.
    pub(super) fn holding(
        &self,
        nodes: &[&(NodeRef, Data)],
        watched: &BTreeSet<NodeRef>,
    ) -> BTreeMap<NodeRef, NodeObserved> {
        let mut found = BTreeMap::new();
        for (node, _) in nodes {
            let Some(entry) = self.nodes.get(node).filter(|_| !self.is_touched(*node)) else {
                continue;
            };
            let holds = match entry.observed.phase {
                NodePhase::Data => entry.asked.elapsed() < REST_HOLDS,
                NodePhase::Held | NodePhase::Running => watched.contains(node),
            };
            if holds {
                found.insert(*node, entry.observed.clone());
            }
        }
        found
    }

    /// Those of these nodes that are to be asked again, which counts as done.
    pub(super) fn take_aged(&mut self, nodes: &[&(NodeRef, Data)]) -> Vec<NodeRef> {
        let age = |(node, _): &(NodeRef, Data)| {
            let entry = self.nodes.get(node)?;
            let lives = entry.observed.phase != NodePhase::Data;
            lives.then(|| entry.asked.elapsed())
        };
        let mut aged: Vec<_> = nodes
            .iter()
            .filter_map(|node| Some((age(node)?, *node)))
            .filter(|(age, _)| *age > ASKED_AGAIN_AFTER)
            .collect();
        aged.sort_unstable_by_key(|(age, _)| std::cmp::Reverse(*age));
        aged.truncate(ASKED_AGAIN);
        let aged: Vec<NodeRef> = aged.into_iter().map(|(_, (node, _))| *node).collect();
        for node in &aged {
            if let Some(entry) = self.nodes.get_mut(node) {
                entry.asked = Instant::now();
            }
        }
        aged
    }

    fn is_touched(&self, node: NodeRef) -> bool {
        self.touched.contains_key(&node)
    }

    /// The number to give to [`Kept::keep`] after the look.
    pub(super) fn begin(&self, node: NodeRef) -> u64 {
        self.heard.get(&node).copied().unwrap_or_default()
    }

    /// Nothing, when more was heard while it was looked at.
    pub(super) fn keep(&mut self, node: NodeRef, observed: &NodeObserved, begun: u64) {
        if self.begin(node) == begun && !self.is_touched(node) {
            let entry = Entry {
                observed: observed.clone(),
                asked: Instant::now(),
            };
            self.nodes.insert(node, entry);
        }
    }

    /// Its supervisor was asked and answered. Nothing, when more was heard meanwhile.
    pub(super) fn take_status(&mut self, node: NodeRef, status: Status, begun: u64) {
        if self.begin(node) == begun
            && let Some(entry) = self.nodes.get_mut(&node)
        {
            super::observe::take_in(&mut entry.observed, status);
        }
    }

    /// Its supervisor told its status. What the node uses is not in it.
    pub(super) fn hear(&mut self, node: NodeRef, status: Status) {
        *self.heard.entry(node).or_default() += 1;
        if let Some(entry) = self.nodes.get_mut(&node) {
            let usage = entry.observed.usage;
            let status = Status { usage, ..status };
            super::observe::take_in(&mut entry.observed, status);
        }
    }
}
