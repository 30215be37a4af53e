//! Tells what changed: the lab's status whole, at most ten times a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_api::Event;
use model::Generation;
use model::status::{EndStatus, LabStatus, Usage};

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
    if before == now {
        return false;
    }
    at.elapsed() >= SAMPLES_EVERY || without_samples(before) != without_samples(now)
}

fn without_samples(status: &LabStatus) -> LabStatus {
    let mut status = status.clone();
    for node in status.nodes.values_mut() {
        node.usage = Usage::default();
    }
    for link in status.links.values_mut() {
        for end in [&mut link.a, &mut link.b] {
            *end = EndStatus {
                present: end.present,
                carrier: end.carrier,
                ..EndStatus::default()
            };
        }
    }
    status
}
