//! One simulated node: its state machine.
//!
//! ```text
//! Stopped ─on─▶ Waiting ─a place─▶ Step(0) … Step(n) ─▶ Booting ─▶ Up ─off─▶ Stopping ─▶ Stopped
//!                                     └─fail-…─▶ Failed
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use model::spec::{DriverSpec, NodeSpec, RunWish};
use model::status::{NodeState, NodeStatus, ProcessStatus, Usage};

use super::SimOptions;
use super::shell::Shell;
use super::tape::Tape;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Stopped,
    Waiting,
    Step(usize),
    Booting,
    Up,
    Stopping,
    Failed,
}

const STEPS: [&str; 3] = ["namespaces", "interfaces", "processes"];

/// What was put into a node, by the folder it was put into; shared with the streams that put it.
pub(super) type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

pub(super) fn lock(files: &Files) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
    files
        .lock()
        .expect("no holder of this lock panics: it only moves bytes")
}

pub(super) struct SimNode {
    /// What it was started with, or is to be started with.
    pub spec: NodeSpec,
    stage: Stage,
    entered_ms: u64,
    start: u64,
    wipe: u64,
    pub consoles: BTreeMap<String, Arc<Shell>>,
    pub log: Arc<Tape>,
    pub files: Files,
}

impl SimNode {
    pub fn new(spec: NodeSpec, now_ms: u64) -> Self {
        Self {
            wipe: spec.wipe,
            spec,
            stage: Stage::Stopped,
            entered_ms: now_ms,
            start: 0,
            consoles: BTreeMap::new(),
            log: Tape::new(),
            files: Files::default(),
        }
    }

    pub fn is_starting(&self) -> bool {
        matches!(self.stage, Stage::Step(_))
    }

    pub fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Booting | Stage::Up)
    }

    pub fn is_stopped(&self) -> bool {
        self.stage == Stage::Stopped
    }

    /// One step towards `wanted` (none: gone from the lab). True if something changed.
    pub fn advance(
        &mut self,
        wanted: Option<&NodeSpec>,
        place_free: bool,
        options: &SimOptions,
        now_ms: u64,
    ) -> bool {
        let lasted = self.lasted(options, now_ms);
        let next = self.next(wanted, place_free, lasted);
        next.is_some_and(|next| self.enter(next, options, now_ms))
    }

    fn next(&mut self, wanted: Option<&NodeSpec>, place_free: bool, lasted: bool) -> Option<Stage> {
        let wish = wanted.map_or(RunWish::Off, |wanted| wanted.run);
        match (self.stage, wish) {
            (Stage::Stopped, RunWish::On { .. }) => {
                self.spec = wanted.unwrap_or(&self.spec).clone();
                Some(Stage::Waiting)
            }
            (Stage::Stopped, RunWish::Off) => {
                self.wipe_to(wanted.map_or(self.wipe, |wanted| wanted.wipe));
                None
            }
            (Stage::Stopping, _) => lasted.then_some(Stage::Stopped),
            (Stage::Waiting | Stage::Failed, RunWish::Off) => Some(Stage::Stopped),
            (Stage::Step(_) | Stage::Booting | Stage::Up, RunWish::Off) => Some(Stage::Stopping),
            (Stage::Booting | Stage::Up, RunWish::On { start }) if start > self.start => {
                Some(Stage::Stopping)
            }
            (Stage::Failed, RunWish::On { start }) => {
                (start > self.start).then_some(Stage::Stopped)
            }
            (Stage::Waiting, RunWish::On { start }) => place_free.then(|| {
                self.start = start;
                Stage::Step(0)
            }),
            (Stage::Step(step), RunWish::On { .. }) => {
                lasted.then(|| self.after_step(step)).flatten()
            }
            (Stage::Booting, RunWish::On { .. }) => lasted.then_some(Stage::Up),
            (Stage::Up, RunWish::On { .. }) => None,
        }
    }

    fn after_step(&self, step: usize) -> Option<Stage> {
        let cannot_run = matches!(self.spec.driver, DriverSpec::CannotRun { .. });
        if cannot_run || self.spec.name.starts_with("fail-") {
            return Some(Stage::Failed);
        }
        if self.spec.name.starts_with("stuck-") {
            return None;
        }
        Some(if step + 1 < STEPS.len() {
            Stage::Step(step + 1)
        } else {
            Stage::Booting
        })
    }

    fn lasted(&self, options: &SimOptions, now_ms: u64) -> bool {
        let factor = if self.spec.name.starts_with("slow-") {
            10
        } else {
            1
        };
        u128::from(now_ms.saturating_sub(self.entered_ms)) >= (options.step * factor).as_millis()
    }

    fn enter(&mut self, next: Stage, options: &SimOptions, now_ms: u64) -> bool {
        self.stage = next;
        self.entered_ms = now_ms;
        let line = format!("{now_ms} {}: {:?}\n", self.spec.name, self.state());
        self.log.write(line.as_bytes());
        if next == Stage::Booting {
            self.open_consoles(options);
        }
        if !self.is_up() {
            for (_, shell) in std::mem::take(&mut self.consoles) {
                shell.end();
            }
        }
        true
    }

    fn open_consoles(&mut self, options: &SimOptions) {
        let (hostname, consoles) = match &self.spec.driver {
            DriverSpec::Netns(netns) => (&netns.hostname, &netns.consoles),
            DriverSpec::Docker(docker) => (&docker.hostname, &docker.consoles),
            DriverSpec::CannotRun { .. } => return,
        };
        let open = |name: &String| {
            let shell = Shell::new(hostname, name, options.ping_every);
            (name.clone(), shell)
        };
        self.consoles = consoles.keys().map(open).collect();
    }

    fn wipe_to(&mut self, wipe: u64) {
        if wipe > self.wipe {
            self.wipe = wipe;
            lock(&self.files).clear();
        }
    }

    fn state(&self) -> NodeState {
        match self.stage {
            Stage::Stopped => NodeState::Stopped,
            Stage::Waiting => NodeState::Waiting {
                for_what: "other nodes that start".into(),
            },
            Stage::Step(step) => NodeState::Starting {
                step: STEPS[step].into(),
            },
            Stage::Booting => NodeState::Running { booted: false },
            Stage::Up if self.spec.name.starts_with("degraded-") => NodeState::Degraded {
                why: "a process keeps ending (simulated)".into(),
            },
            Stage::Up => NodeState::Running { booted: true },
            Stage::Stopping => NodeState::Stopping,
            Stage::Failed => NodeState::Failed {
                why: self.why_failed(),
            },
        }
    }

    fn why_failed(&self) -> String {
        match &self.spec.driver {
            DriverSpec::CannotRun { kind } => format!("this host cannot run nodes of kind {kind}"),
            DriverSpec::Netns(_) => "zebra: program not found (simulated)".into(),
            DriverSpec::Docker(docker) => {
                format!("the image {} is not on this host (simulated)", docker.image)
            }
        }
    }

    /// As an agent reports it, beside what is wanted now.
    pub fn status(&self, wanted: Option<&NodeSpec>) -> NodeStatus {
        let up = self.is_up();
        let pending = match wanted {
            Some(wanted) if up => wanted.pending(&self.spec.fingerprint()),
            Some(_) | None => Vec::new(),
        };
        NodeStatus {
            state: self.state(),
            since_ms: self.entered_ms,
            start: if up { self.start } else { 0 },
            wipe: self.wipe,
            pending,
            consoles: self.consoles.keys().cloned().collect(),
            processes: if up { self.processes() } else { Vec::new() },
            usage: if up {
                Usage {
                    cpu_percent: 0.5,
                    rss_bytes: 12 << 20,
                }
            } else {
                Usage::default()
            },
        }
    }

    fn processes(&self) -> Vec<ProcessStatus> {
        let names = match &self.spec.driver {
            DriverSpec::Netns(netns) => netns.processes.iter().map(|p| p.name.clone()).collect(),
            DriverSpec::Docker(_) => vec!["main".to_owned()],
            DriverSpec::CannotRun { .. } => Vec::new(),
        };
        let pids = names.into_iter().zip(2..);
        pids.map(|(name, pid)| ProcessStatus {
            name,
            running: true,
            pid,
            restarts: 0,
            last_end: String::new(),
        })
        .collect()
    }
}
