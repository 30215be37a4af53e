//! What the supervisor says of the node, and when it says it again.

use std::time::SystemTime;

use model::status::{NodeState, Usage};

use super::Supervisor;
use super::conn::Role;
use crate::netns::protocol::{Control, Status, VERSION};

/// What was last told to watchers.
#[derive(Default)]
pub struct Shown {
    status: Option<Status>,
    since_ms: u64,
}

impl Supervisor {
    pub fn status(&mut self) -> Status {
        let usage = self.usage.sample(self.started.elapsed());
        Status {
            usage,
            ..self.status_without_usage()
        }
    }

    fn status_without_usage(&self) -> Status {
        let consoles = if self.released && self.stopping.is_none() {
            self.consoles.keys().cloned().collect()
        } else {
            Vec::new()
        };
        Status {
            version: VERSION,
            released: self.released,
            state: self.state(),
            since_ms: self.shown.since_ms,
            processes: self.services.statuses(),
            consoles,
            usage: Usage::default(),
        }
    }

    fn state(&self) -> NodeState {
        if self.stopping.is_some() {
            return NodeState::Stopping;
        }
        match self.services.state() {
            NodeState::Running { .. } if !self.problems.is_empty() => NodeState::Degraded {
                why: self.problems.join("; "),
            },
            NodeState::Degraded { why } if !self.problems.is_empty() => NodeState::Degraded {
                why: format!("{why}; {}", self.problems.join("; ")),
            },
            state => state,
        }
    }

    /// Watchers hear of every change but of usage.
    pub fn show_status(&mut self) {
        let state = self.state();
        if self
            .shown
            .status
            .as_ref()
            .is_none_or(|shown| shown.state != state)
        {
            self.shown.since_ms = unix_ms();
        }
        let status = self.status_without_usage();
        if self.shown.status.as_ref() == Some(&status) {
            return;
        }
        for conn in self
            .conns
            .values_mut()
            .filter(|conn| conn.role == Role::Watcher)
        {
            conn.control(Control::Status(Box::new(status.clone())));
        }
        self.shown.status = Some(status);
    }
}

fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
