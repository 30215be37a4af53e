//! What somebody else did to the lab's devices: found by a pass, told, left alone until a repair.
//!
//! ```text
//! found ─still there a moment later─▶ told ─▶ gone (mended by hand, by a repair, by another wish)
//!                                      │ ▲
//!                         leave to mend▼ │not done in a few passes
//!                                     mending
//! ```
//! Why a pass does not mend it by itself is in `model::drift`. A look takes the host's side and the
//! nodes' one after the other, so that what happens in between looks odd once: that is told to nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use model::NodeId;
use model::drift::{Discrepancy, Drift, Settled, compare, judged};
use model::plan::{Part, Withheld};
use model::seen::LabSeen;

use super::board::WorkKind;
use super::observe::Observed;
use super::{Inner, Wish};
use crate::host::now_ms;

/// How long a difference must last to be one.
const LASTS: Duration = Duration::from_millis(25);
/// When it is looked at once more.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(15);
/// A leave ends after so many passes; what is left then has told why it cannot be mended.
const PASSES: u32 = 8;

#[derive(Default)]
pub(super) struct Drifts {
    settled: Settled,
    found: BTreeMap<String, Known>,
    leave: Option<Leave>,
}

struct Known {
    what: Discrepancy,
    since: Instant,
    told: bool,
}

/// To mend these, or all.
struct Leave {
    only: Option<BTreeSet<String>>,
    passes: u32,
}

impl Leave {
    fn covers(&self, id: &str) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(id))
    }
}

impl Drifts {
    /// Beside a leave that was given before.
    pub fn give_leave(&mut self, only: Option<BTreeSet<String>>) {
        let before = self.leave.take().map(|leave| leave.only);
        let only = match (before, only) {
            (None, only) => only,
            (Some(Some(before)), Some(only)) => Some(&before | &only),
            (Some(_), _) => None,
        };
        self.leave = Some(Leave { only, passes: 0 });
    }

    /// As people see them, in a fixed order.
    pub fn told(&self) -> Vec<Drift> {
        let told = self.found.values().filter(|known| known.told);
        told.map(|known| known.what.drift.clone()).collect()
    }

    /// Another look shows more.
    pub fn is_under_way(&self) -> bool {
        self.leave.is_some() || self.found.values().any(|known| !known.told)
    }

    /// Something of the part is left alone, or will be.
    pub fn touch(&self, part: &Part) -> bool {
        let nodes = part.nodes();
        self.found.values().any(|known| {
            let Discrepancy {
                drift, withheld, ..
            } = &known.what;
            let its = withheld.ports.iter().map(|port| port.node);
            let mut its = its
                .chain(drift.node)
                .chain(drift.port.map(|port| port.node));
            its.any(|node| nodes.contains(&node))
                || !withheld.bridges.is_disjoint(&part.networks)
                || drift
                    .network
                    .is_some_and(|network| part.networks.contains(&network))
        })
    }

    /// What a plan goes by: the look, and what is left alone. A pair whose end inside is elsewhere is
    /// made anew as if its host end were not there.
    pub fn for_plan<'a>(&self, seen: &'a LabSeen) -> (std::borrow::Cow<'a, LabSeen>, Withheld) {
        let mut seen = std::borrow::Cow::Borrowed(seen);
        let mut withheld = Withheld::default();
        for known in self.found.values() {
            let its = &known.what.withheld;
            let mend = self
                .leave
                .as_ref()
                .is_some_and(|leave| leave.covers(&known.what.drift.id));
            if !mend {
                withheld.ports.extend(&its.ports);
                withheld.bridges.extend(&its.bridges);
            } else if known.what.is_half {
                seen.to_mut()
                    .ports
                    .retain(|port, _| !its.ports.contains(port));
            }
        }
        (seen, withheld)
    }

    fn take(&mut self, found: Vec<Discrepancy>, kept: impl Fn(&Discrepancy) -> bool) -> News {
        let now = Instant::now();
        let mut before = std::mem::take(&mut self.found);
        before.retain(|_, known| {
            known.told
                || kept(&known.what)
                || found
                    .iter()
                    .any(|what| what.drift.id == known.what.drift.id)
        });
        let mut news = News::default();
        for mut what in found {
            let id = what.drift.id.clone();
            let known = before.remove(&id);
            let (since, since_ms, was_told) = known.map_or((now, now_ms(), false), |known| {
                (known.since, known.what.drift.since_ms, known.told)
            });
            what.drift.since_ms = since_ms;
            let told = was_told || now.duration_since(since) >= LASTS;
            if told && !was_told {
                news.found.push(what.drift.clone());
            }
            self.found.insert(id, Known { what, since, told });
        }
        for (id, known) in before {
            if kept(&known.what) {
                self.found.insert(id, known);
            } else {
                news.gone.push(known.what.drift);
            }
        }
        self.end_leave();
        news
    }

    /// The leave is used up when nothing that it covers is left, or could be mended.
    fn end_leave(&mut self) {
        let Some(leave) = &mut self.leave else { return };
        leave.passes += 1;
        let left = self.found.values().any(|known| {
            let Discrepancy {
                drift, withheld, ..
            } = &known.what;
            leave.covers(&drift.id) && *withheld != Withheld::default()
        });
        if !left || leave.passes > PASSES {
            self.leave = None;
        }
    }
}

/// What a look changed, for the log.
#[derive(Default)]
struct News {
    found: Vec<Drift>,
    gone: Vec<Drift>,
}

impl Inner {
    /// Compares the wish with a look.
    pub(super) fn discover(&self, wish: &Wish, observed: &Observed) {
        let mut board = self.board();
        let (Wish::Present(_), Some(spec)) = (wish, wish.spec()) else {
            board.drifts = Drifts::default();
            return;
        };
        let seen = &observed.seen;
        let working = |node: NodeId| board.work(node).map(|work| work.kind);
        let lives = judged(spec, seen, |node| {
            let can_be_judged = working(node).is_none() && !observed.unclear.contains_key(&node);
            Some(observed.nodes.get(&node).filter(|_| can_be_judged)?.life)
        });
        // A node that gets or loses a port is not looked at meanwhile; what was found of it stays.
        let changing: BTreeSet<NodeId> = seen
            .nodes
            .keys()
            .copied()
            .filter(|node| working(*node) == Some(WorkKind::Changing))
            .collect();
        let kept = |what: &Discrepancy| {
            let ports = what.withheld.ports.iter().map(|port| port.node);
            ports
                .chain(what.drift.node)
                .any(|node| changing.contains(&node))
        };
        let drifts = &mut board.drifts;
        let mut found = compare(spec, seen, &self.names, &drifts.settled, &lives);
        drifts.settled.take(spec, seen, &lives);
        for what in &mut found {
            let device = what.drift.device.as_str();
            what.drift.allowed = self.host.allow.host_interfaces.contains(device);
        }
        let news = drifts.take(found, kept);
        drop(board);
        self.tell_news(&news);
    }

    fn tell_news(&self, news: &News) {
        for drift in &news.found {
            tracing::warn!(lab.id = %self.id, drift.id, why = drift.why, "{}", drift.kind.word());
        }
        for drift in &news.gone {
            tracing::info!(lab.id = %self.id, drift.id, "{} is gone", drift.kind.word());
        }
    }
}
