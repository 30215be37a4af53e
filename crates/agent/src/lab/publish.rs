//! Tells what changed: the lab's status whole, at most ten times a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_api::Event;
use model::status::{EndStatus, LabStatus, LinkStatus, NodeStatus};
use model::{Generation, LinkId, NodeId};

use super::{Inner, story};
use crate::ledger::Entry;

const PAUSE: Duration = Duration::from_millis(100);
/// Counters and usage change all the time; they alone are told this seldom.
const SAMPLES_EVERY: Duration = Duration::from_millis(1900);

/// Runs as long as the lab's task.
pub(super) async fn run(lab: Arc<Inner>) {
    let mut told: Option<(LabStatus, Instant)> = None;
    let mut removed: Option<Generation> = None;
    loop {
        lab.changed.notified().await;
        if let Some(generation) = lab.removed() {
            if removed.replace(generation) != Some(generation) {
                told = None;
                lab.host.tell(Event::LabRemoved {
                    lab: lab.id,
                    generation,
                });
            }
            continue;
        }
        let status = lab.render();
        if told
            .as_ref()
            .is_none_or(|(before, at)| is_news(before, *at, &status))
        {
            story::tell(&lab, told.as_ref().map(|(before, _)| before), &status);
            told = Some((status.clone(), Instant::now()));
            lab.host.tell(Event::Lab {
                lab: lab.id,
                status,
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Inner {
    /// Gone to the last object, by this tombstone.
    fn removed(&self) -> Option<Generation> {
        match self.host.ledger().get(self.id) {
            Some(Entry::Known {
                wish,
                fulfilled: true,
            }) => Some(wish.generation()),
            Some(
                Entry::Known {
                    fulfilled: false, ..
                }
                | Entry::Frozen(_),
            )
            | None => None,
        }
    }
}

fn is_news(before: &LabStatus, at: Instant, now: &LabStatus) -> bool {
    if same_but_samples(before, now) {
        return at.elapsed() >= SAMPLES_EVERY && before != now;
    }
    true
}

/// Nothing is copied for it: a large lab's status is compared after every pass.
fn same_but_samples(a: &LabStatus, b: &LabStatus) -> bool {
    let LabStatus {
        generation,
        nodes,
        links,
        networks,
        problems,
        drifts,
    } = a;
    (generation, problems, drifts) == (&b.generation, &b.problems, &b.drifts)
        && *networks == b.networks
        && (nodes.len(), links.len()) == (b.nodes.len(), b.links.len())
        && nodes.iter().zip(&b.nodes).all(same_node)
        && links.iter().zip(&b.links).all(same_link)
}

type Pair<'a, K, V> = ((&'a K, &'a V), (&'a K, &'a V));

fn same_node(((id, a), (other, b)): Pair<'_, NodeId, NodeStatus>) -> bool {
    let NodeStatus {
        state,
        since_ms,
        start,
        wipe,
        pending,
        consoles,
        processes,
        usage: _,
    } = a;
    id == other
        && (state, since_ms, start, wipe) == (&b.state, &b.since_ms, &b.start, &b.wipe)
        && (pending, consoles, processes) == (&b.pending, &b.consoles, &b.processes)
}

fn same_link(((id, a), (other, b)): Pair<'_, LinkId, LinkStatus>) -> bool {
    let LinkStatus {
        plumbed,
        why,
        a: end_a,
        b: end_b,
    } = a;
    let same_end = |a: &EndStatus, b: &EndStatus| (a.present, a.carrier) == (b.present, b.carrier);
    id == other
        && (plumbed, why) == (&b.plumbed, &b.why)
        && same_end(end_a, &b.a)
        && same_end(end_b, &b.b)
}
