//! Events on their way to clients: numbered, kept for a while, handed to everybody who listens.
//!
//! ```text
//! publish ─▶ ring (the last 8192) ─▶ broadcast ─▶ one reader each
//!                   └─ replay for who comes again with epoch and sequence
//! ```
//! A reader that falls a whole ring behind is closed; it never holds up another or the publisher.
//! Numbers start anew with each run of the server, which the epoch tells.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use api::event::{Envelope, Event};
use model::LabId;
use store::UserId;
use tokio::sync::broadcast;

const KEPT: usize = 8192;

/// Whom an event concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Everybody,
    Lab { lab: LabId, owner: UserId },
}

#[derive(Debug)]
pub struct Published {
    pub audience: Audience,
    pub envelope: Envelope,
}

#[derive(Debug)]
pub struct Hub {
    epoch: String,
    ring: Mutex<Ring>,
    sender: broadcast::Sender<Arc<Published>>,
}

#[derive(Debug, Default)]
struct Ring {
    /// Sequence of the newest event; 0 before the first.
    newest: u64,
    events: VecDeque<Arc<Published>>,
}

/// What a client gets that begins to listen.
pub struct Subscription {
    /// Sequence of the newest event at this moment.
    pub newest: u64,
    pub missed: Missed,
    pub receiver: broadcast::Receiver<Arc<Published>>,
}

pub enum Missed {
    /// These, in order; nothing for who comes for the first time.
    Events(Vec<Arc<Published>>),
    /// More than is kept, or of another epoch.
    TooMuch,
}

impl Hub {
    pub fn new(epoch: String) -> Self {
        Self {
            epoch,
            ring: Mutex::default(),
            sender: broadcast::channel(KEPT).0,
        }
    }

    pub fn epoch(&self) -> &str {
        &self.epoch
    }

    pub fn publish(&self, at_ms: u64, audience: Audience, event: Event) {
        let lab = match audience {
            Audience::Everybody => None,
            Audience::Lab { lab, .. } => Some(lab),
        };
        let mut ring = self.ring.lock().expect("no holder panics");
        ring.newest += 1;
        let published = Arc::new(Published {
            audience,
            envelope: Envelope {
                sequence: ring.newest,
                at_ms,
                lab,
                event,
            },
        });
        if ring.events.len() == KEPT {
            ring.events.pop_front();
        }
        ring.events.push_back(published.clone());
        // Under the lock, so that readers see the order of the numbers. No reader is no error.
        let _ = self.sender.send(published);
    }

    /// Listens from now on, with what was missed after `seen` (epoch and sequence).
    pub fn subscribe(&self, seen: Option<(&str, u64)>) -> Subscription {
        let ring = self.ring.lock().expect("no holder panics");
        Subscription {
            newest: ring.newest,
            missed: seen.map_or(Missed::Events(Vec::new()), |(epoch, after)| {
                if epoch == self.epoch {
                    ring.after(after)
                } else {
                    Missed::TooMuch
                }
            }),
            receiver: self.sender.subscribe(),
        }
    }
}

impl Ring {
    fn after(&self, after: u64) -> Missed {
        let oldest = self.newest + 1 - self.events.len() as u64;
        if after > self.newest || after + 1 < oldest {
            return Missed::TooMuch;
        }
        let missed = self.events.iter();
        Missed::Events(
            missed
                .filter(|event| event.envelope.sequence > after)
                .cloned()
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hub_with(count: usize) -> Hub {
        let hub = Hub::new("now".into());
        for _ in 0..count {
            hub.publish(0, Audience::Everybody, Event::LabRemoved);
        }
        hub
    }

    fn missed(hub: &Hub, epoch: &str, after: u64) -> Option<Vec<u64>> {
        match hub.subscribe(Some((epoch, after))).missed {
            Missed::Events(events) => Some(events.iter().map(|e| e.envelope.sequence).collect()),
            Missed::TooMuch => None,
        }
    }

    #[test]
    fn who_comes_again_gets_what_was_missed() {
        let hub = hub_with(5);
        assert_eq!(missed(&hub, "now", 3), Some(vec![4, 5]));
        assert_eq!(missed(&hub, "now", 5), Some(vec![]));
        assert_eq!(missed(&hub, "now", 0), Some(vec![1, 2, 3, 4, 5]));
    }

    #[test]
    fn another_epoch_or_a_gap_is_told() {
        let hub = hub_with(KEPT + 2);
        assert_eq!(missed(&hub, "before", 1), None);
        assert_eq!(missed(&hub, "now", 1), None);
        assert_eq!(missed(&hub, "now", 2).map(|all| all.len()), Some(KEPT));
        assert_eq!(missed(&hub, "now", KEPT as u64 + 3), None);
    }
}
