//! Events on their way to clients: numbered, kept for a while, handed to everybody who listens.
//!
//! ```text
//! publish ─▶ ring: the last 8192, 16 MiB of text at most ─┐
//!     └─ newest number ─▶ every reader ─▶ takes from the ring what it has not seen
//! ```
//! What is kept is the only queue: a reader that falls out of the ring is closed, and never holds up
//! another, the publisher, or memory. Numbers start anew with each run of the server, which the
//! epoch tells.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use api::event::{Envelope, Event, Frame};
use axum::extract::ws::Utf8Bytes;
use model::LabId;
use store::{LabAccess, UserId};
use tokio::sync::watch;

const KEPT: usize = 8192;
const KEPT_BYTES: usize = 16 << 20;
/// A reader takes so many at once.
const AT_ONCE: usize = 256;

/// Whom an event concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    Everybody,
    /// One user, about a lab.
    User {
        user: UserId,
        lab: LabId,
    },
    /// Those who may see the lab; with who that was when it was told.
    Lab {
        lab: LabId,
        access: Arc<LabAccess>,
    },
}

impl Audience {
    pub fn lab(&self) -> Option<LabId> {
        match self {
            Self::Everybody => None,
            Self::User { lab, .. } | Self::Lab { lab, .. } => Some(*lab),
        }
    }
}

#[derive(Debug)]
pub struct Published {
    pub audience: Audience,
    pub sequence: u64,
    /// The frame as it goes over the wire, made once for everybody.
    pub text: Utf8Bytes,
    is_the_end: bool,
}

impl Published {
    /// Whether it says that the lab is no more.
    pub fn is_the_end(&self) -> bool {
        self.is_the_end
    }
}

#[derive(Debug)]
pub struct Hub {
    epoch: String,
    ring: Mutex<Ring>,
    newest: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Ring {
    /// Sequence of the newest event; 0 before the first.
    newest: u64,
    bytes: usize,
    events: VecDeque<Arc<Published>>,
}

/// What a client has that listens: how far it has heard.
pub struct Subscription {
    after: u64,
    /// The newest event when it began to listen.
    pub begun_at: u64,
    newest: watch::Receiver<u64>,
}

/// More than is kept was missed, or it was of another epoch.
#[derive(Debug, PartialEq, Eq)]
pub struct TooMuch;

impl Hub {
    pub fn new(epoch: String) -> Self {
        Self {
            epoch,
            ring: Mutex::default(),
            newest: watch::Sender::new(0),
        }
    }

    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    pub fn publish(&self, at_ms: u64, audience: Audience, event: Event) {
        let lab = audience.lab();
        let mut ring = self.ring.lock().expect("no holder panics");
        ring.newest += 1;
        let sequence = ring.newest;
        let is_the_end = matches!(event, Event::LabRemoved);
        let frame = Frame::Event(Box::new(Envelope {
            sequence,
            at_ms,
            lab,
            event,
        }));
        let text = serde_json::to_string(&frame).expect("events have text keys alone");
        ring.push(Published {
            audience,
            sequence,
            text: text.into(),
            is_the_end,
        });
        // Under the lock, so that readers see the numbers grow.
        self.newest.send_replace(sequence);
    }

    /// Listens from now on, or from after what a client has `seen` (epoch and sequence).
    pub fn subscribe(&self, seen: Option<(&str, u64)>) -> (Subscription, Result<(), TooMuch>) {
        let newest = self.newest.subscribe();
        let ring = self.ring.lock().expect("no holder panics");
        let (after, missed) = match seen {
            None => (ring.newest, Ok(())),
            Some((epoch, after)) if epoch == self.epoch && ring.has_all_after(after) => {
                (after, Ok(()))
            }
            Some(_) => (ring.newest, Err(TooMuch)),
        };
        let subscription = Subscription {
            after,
            begun_at: ring.newest,
            newest,
        };
        (subscription, missed)
    }

    /// The next events that the reader has not heard; waits until there is one. Cancel-safe: what
    /// was not answered is answered the next time.
    pub async fn next(&self, reader: &mut Subscription) -> Result<Vec<Arc<Published>>, TooMuch> {
        let after = reader.after;
        // The sender lives as long as the hub.
        let _ = reader.newest.wait_for(|newest| *newest > after).await;
        let ring = self.ring.lock().expect("no holder panics");
        let events = ring.after(after)?;
        reader.after = events.last().map_or(after, |last| last.sequence);
        Ok(events)
    }
}

impl Ring {
    fn push(&mut self, event: Published) {
        self.bytes += event.text.len();
        self.events.push_back(Arc::new(event));
        while self.events.len() > KEPT || (self.bytes > KEPT_BYTES && self.events.len() > 1) {
            let oldest = self.events.pop_front();
            self.bytes -= oldest.map_or(0, |oldest| oldest.text.len());
        }
    }

    fn has_all_after(&self, after: u64) -> bool {
        let oldest = self.newest + 1 - self.events.len() as u64;
        after <= self.newest && after + 1 >= oldest
    }

    fn after(&self, after: u64) -> Result<Vec<Arc<Published>>, TooMuch> {
        if !self.has_all_after(after) {
            return Err(TooMuch);
        }
        let unheard = usize::try_from(self.newest - after).unwrap_or(usize::MAX);
        let from = self.events.len() - unheard;
        Ok(self.events.range(from..).take(AT_ONCE).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn hub_with(count: usize) -> Hub {
        let hub = Hub::new("now".into());
        for _ in 0..count {
            hub.publish(0, Audience::Everybody, Event::LabRemoved);
        }
        hub
    }

    /// The numbers of what a client gets that has heard until `after`.
    async fn missed(hub: &Hub, epoch: &str, after: u64) -> Option<Vec<u64>> {
        let (mut reader, missed) = hub.subscribe(Some((epoch, after)));
        missed.ok()?;
        let mut numbers = Vec::new();
        while reader.after < reader.begun_at {
            let events = hub.next(&mut reader).await.ok()?;
            numbers.extend(events.iter().map(|event| event.sequence));
        }
        Some(numbers)
    }

    #[tokio::test]
    async fn who_comes_again_gets_what_was_missed() {
        let hub = hub_with(5);
        assert_eq!(missed(&hub, "now", 3).await, Some(vec![4, 5]));
        assert_eq!(missed(&hub, "now", 5).await, Some(vec![]));
        assert_eq!(missed(&hub, "now", 0).await, Some(vec![1, 2, 3, 4, 5]));
    }

    #[tokio::test]
    async fn another_epoch_or_a_gap_is_told() {
        let hub = hub_with(KEPT + 2);
        assert_eq!(missed(&hub, "before", 1).await, None);
        assert_eq!(missed(&hub, "now", 1).await, None);
        let all = missed(&hub, "now", 2).await;
        assert_eq!(all.map(|all| all.len()), Some(KEPT));
        assert_eq!(missed(&hub, "now", KEPT as u64 + 3).await, None);
    }

    #[tokio::test]
    async fn events_take_a_bounded_memory_and_who_falls_behind_is_told() {
        let hub = hub_with(0);
        let (mut slow, _) = hub.subscribe(None);
        let name = "x".repeat(1 << 20);
        let publish = || {
            let event = Event::LabCreated { name: name.clone() };
            hub.publish(0, Audience::Everybody, event);
        };
        (0..15).for_each(|_| publish());
        assert_eq!(hub.next(&mut slow).await.unwrap().len(), 15);
        (0..15).for_each(|_| publish());
        assert_eq!(hub.next(&mut slow).await.unwrap().len(), 15, "in time");
        (0..17).for_each(|_| publish());
        assert!(hub.ring.lock().unwrap().bytes <= KEPT_BYTES);
        assert_eq!(hub.next(&mut slow).await.unwrap_err(), TooMuch);
    }
}
