//! The node's processes as a pure state machine: who starts when, who starts again, what to say.
//!
//! ```text
//! Waiting ─its turn─▶ Running ─ends─▶ Pausing ─pause over─▶ Running
//!     │                  └──ends, no restart──▶ Ended | Failed
//!     └─cannot start──▶ Failed | Skipped
//! ```
//! Processes have their turn one after the other: the next comes when the one before is ready. The
//! clock, pids and the file system are the caller's; `now` counts from the supervisor's start.

use std::time::Duration;

use model::lab::RestartPolicy;
use model::spec::{ProcessKind, ProcessSpec, ReadyWhen};
use model::status::{NodeState, ProcessStatus};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A life this long starts the pauses anew.
const HEALTHY_LIFE: Duration = Duration::from_secs(10);
const READY_TIMEOUT: Duration = Duration::from_secs(20);
/// A `Once` that takes longer does not keep the others waiting.
const ONCE_TIMEOUT: Duration = Duration::from_mins(1);
/// A process that ended this often before it was ready does not keep the others waiting either.
const ENDS_BEFORE_LATE: u32 = 2;
/// How often a path is looked for while a process waits for it.
const READY_POLL: Duration = Duration::from_millis(20);
const LATE_POLL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Services {
    list: Vec<Service>,
    /// Whose turn it is; past the end: all had theirs.
    turn: usize,
    released: bool,
}

#[derive(Debug)]
struct Service {
    spec: ProcessSpec,
    life: Life,
    restarts: u32,
    last_end: String,
    pause: Duration,
    ready: Ready,
    /// When its turn came.
    began: Option<Duration>,
}

#[derive(Debug, Clone, PartialEq)]
enum Life {
    Waiting,
    Running {
        pid: u32,
        since: Duration,
    },
    Pausing {
        until: Duration,
        why: String,
    },
    /// As it should: a `Once` with status 0, a service whose policy wants no restart.
    Ended,
    Failed {
        why: String,
    },
    /// Optional, and not on this host.
    Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ready {
    NotYet,
    Yes,
    /// Not within its time; the others go on without it.
    Late,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Status(i32),
    Signal(i32),
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(status) => write!(f, "exit status {status}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// Why a process could not be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    Missing,
    Other(String),
}

impl Services {
    pub fn new(list: &[ProcessSpec]) -> Self {
        let list = list.iter().cloned().map(Service::new).collect();
        Self {
            list,
            turn: 0,
            released: false,
        }
    }

    pub fn release(&mut self) {
        self.released = true;
    }

    pub fn spec(&self, index: usize) -> &ProcessSpec {
        &self.list[index].spec
    }

    /// The next process to start now, if any; to be told what came of it and asked again.
    pub fn due(&mut self, now: Duration, path_exists: &dyn Fn(&str) -> bool) -> Option<usize> {
        if !self.released {
            return None;
        }
        for service in &mut self.list {
            service.look_for_ready(now, path_exists);
        }
        let passed = self.list[self.turn..]
            .iter()
            .take_while(|s| s.lets_next_go());
        self.turn += passed.count();
        let first = self.list.get(self.turn).filter(|s| s.life == Life::Waiting);
        first.map(|_| self.turn).or_else(|| {
            let mut list = self.list.iter();
            list.position(|s| matches!(&s.life, Life::Pausing { until, .. } if *until <= now))
        })
    }

    pub fn started(&mut self, index: usize, pid: u32, now: Duration) {
        let service = &mut self.list[index];
        service.life = Life::Running { pid, since: now };
        service.began.get_or_insert(now);
    }

    /// Returns what to tell, once.
    pub fn not_started(&mut self, index: usize, error: StartError) -> Option<String> {
        let service = &mut self.list[index];
        let program = service.spec.argv.first().map_or("", String::as_str);
        let why = match error {
            StartError::Missing if service.spec.optional => {
                service.life = Life::Skipped;
                return None;
            }
            StartError::Missing => format!(
                "{}: program not found: {program} (is its package installed on this host?)",
                service.spec.name
            ),
            StartError::Other(why) => format!("{}: cannot run {program}: {why}", service.spec.name),
        };
        service.life = Life::Failed { why: why.clone() };
        Some(why)
    }

    /// Returns what to tell; `None` when the process is none of the list or ended as it should.
    pub fn ended(&mut self, pid: u32, end: End, now: Duration, last_line: &str) -> Option<String> {
        let service = self
            .list
            .iter_mut()
            .find(|s| matches!(s.life, Life::Running { pid: its, .. } if its == pid))?;
        service.ended(end, now, last_line)
    }

    /// The process of the list that has this pid.
    pub fn name_of(&self, pid: u32) -> Option<&str> {
        let mut running = self.running();
        running.find(|(_, its)| *its == pid).map(|(name, _)| name)
    }

    /// Running processes in the order of the list.
    pub fn running(&self) -> impl DoubleEndedIterator<Item = (&str, u32)> {
        self.list.iter().filter_map(|service| match service.life {
            Life::Running { pid, .. } => Some((service.spec.name.as_str(), pid)),
            Life::Waiting
            | Life::Pausing { .. }
            | Life::Ended
            | Life::Failed { .. }
            | Life::Skipped => None,
        })
    }

    /// How long nothing happens by itself.
    pub fn wake_in(&self, now: Duration) -> Option<Duration> {
        if !self.released {
            return None;
        }
        let pauses = self.list.iter().filter_map(|service| match &service.life {
            Life::Pausing { until, .. } => Some(until.saturating_sub(now)),
            Life::Running { .. } => match service.ready {
                Ready::NotYet => Some(READY_POLL),
                Ready::Late => Some(LATE_POLL),
                Ready::Yes => None,
            },
            Life::Waiting | Life::Ended | Life::Failed { .. } | Life::Skipped => None,
        });
        pauses.min()
    }

    pub fn state(&self) -> NodeState {
        if !self.released {
            return NodeState::Starting {
                step: "connecting its interfaces".into(),
            };
        }
        if let Some(service) = self.list.get(self.turn) {
            return NodeState::Starting {
                step: format!("starting {}", service.spec.name),
            };
        }
        let problems: Vec<String> = self.list.iter().filter_map(Service::problem).collect();
        if problems.is_empty() {
            return NodeState::Running { booted: true };
        }
        let why = problems.join("; ");
        let mut services = self.list.iter().filter(|s| s.is_service()).peekable();
        let nothing_runs = services.peek().is_some() && services.all(|s| s.problem().is_some());
        if nothing_runs {
            NodeState::Failed { why }
        } else {
            NodeState::Degraded { why }
        }
    }

    pub fn statuses(&self) -> Vec<ProcessStatus> {
        let shown = self.list.iter().filter(|s| s.life != Life::Skipped);
        shown.map(Service::status).collect()
    }
}

impl Service {
    fn new(spec: ProcessSpec) -> Self {
        Self {
            spec,
            life: Life::Waiting,
            restarts: 0,
            last_end: String::new(),
            pause: FIRST_PAUSE,
            ready: Ready::NotYet,
            began: None,
        }
    }

    fn is_service(&self) -> bool {
        matches!(self.spec.kind, ProcessKind::Service { .. }) && self.life != Life::Skipped
    }

    fn look_for_ready(&mut self, now: Duration, path_exists: &dyn Fn(&str) -> bool) {
        let (Some(began), false) = (self.began, self.ready == Ready::Yes) else {
            return;
        };
        let (there, patience) = match (&self.spec.kind, &self.spec.ready) {
            (_, ReadyWhen::PathExists(path)) => (path_exists(path), READY_TIMEOUT),
            (ProcessKind::Service { .. }, ReadyWhen::Started) => (true, READY_TIMEOUT),
            (ProcessKind::Once, ReadyWhen::Started) => (false, ONCE_TIMEOUT),
        };
        let runs = matches!(self.life, Life::Running { .. });
        if runs && there {
            self.ready = Ready::Yes;
        } else if now.saturating_sub(began) >= patience || self.restarts > ENDS_BEFORE_LATE {
            self.ready = Ready::Late;
        }
    }

    fn lets_next_go(&self) -> bool {
        match &self.life {
            Life::Waiting => false,
            Life::Running { .. } | Life::Pausing { .. } => self.ready != Ready::NotYet,
            Life::Ended | Life::Failed { .. } | Life::Skipped => true,
        }
    }

    fn ended(&mut self, end: End, now: Duration, last_line: &str) -> Option<String> {
        let Life::Running { since, .. } = self.life else {
            return None;
        };
        self.last_end = end.to_string();
        let mut why = format!("{} ended with {end}", self.spec.name);
        if !last_line.is_empty() {
            why = format!("{why} ({last_line})");
        }
        if self.starts_again_after(end) {
            let pause = self.next_pause(now.saturating_sub(since));
            let notice = format!("{why}; it starts again in {} s", pause.as_secs_f32());
            let until = now + pause;
            self.restarts += 1;
            self.life = Life::Pausing { until, why };
            return Some(notice);
        }
        if end == End::Status(0) {
            self.life = Life::Ended;
            return None;
        }
        self.life = Life::Failed { why: why.clone() };
        Some(why)
    }

    fn starts_again_after(&self, end: End) -> bool {
        match self.spec.kind {
            ProcessKind::Once => false,
            ProcessKind::Service { restart } => match restart {
                RestartPolicy::Always => true,
                RestartPolicy::OnFailure => end != End::Status(0),
                RestartPolicy::Never => false,
            },
        }
    }

    fn next_pause(&mut self, life: Duration) -> Duration {
        if life >= HEALTHY_LIFE {
            self.pause = FIRST_PAUSE;
        }
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST_PAUSE);
        pause
    }

    fn problem(&self) -> Option<String> {
        match &self.life {
            Life::Pausing { why, .. } | Life::Failed { why } => Some(why.clone()),
            Life::Running { .. } if self.ready == Ready::Late => Some(match &self.spec.ready {
                ReadyWhen::PathExists(path) => {
                    format!(
                        "{} runs but is not ready: {path} is missing",
                        self.spec.name
                    )
                }
                ReadyWhen::Started => format!("{} has not ended yet", self.spec.name),
            }),
            Life::Waiting | Life::Running { .. } | Life::Ended | Life::Skipped => None,
        }
    }

    fn status(&self) -> ProcessStatus {
        let pid = match self.life {
            Life::Running { pid, .. } => Some(pid),
            Life::Waiting
            | Life::Pausing { .. }
            | Life::Ended
            | Life::Failed { .. }
            | Life::Skipped => None,
        };
        ProcessStatus {
            name: self.spec.name.clone(),
            running: pid.is_some(),
            pid: pid.unwrap_or(0),
            restarts: self.restarts,
            last_end: self.last_end.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
