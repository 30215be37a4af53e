//! What is known of every node, kept up to date by gates, processes and Docker's events: a look asks nobody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use model::seen::NodePhase;
use model::status::{NodeState, ProcessStatus};
use tokio::net::UnixStream;
use tokio::task::AbortHandle;

use super::consoles::{Hub, MAIN};
use super::folder::{LifeRecord, Record};
use super::life::{self, Health, Stage};
use super::usage::Sampler;
use crate::driver::{NodeObserved, NodeRef};
use crate::process;

/// An end that follows a kill by hand within this time is its doing.
const KILLED_HOLDS: Duration = Duration::from_secs(30);

pub type World = BTreeMap<NodeRef, Node>;

/// As Docker last said.
#[derive(Debug, Clone)]
pub struct Container {
    pub id: String,
    /// By its label, see `names`.
    pub made_of: String,
    pub runs: bool,
}

pub struct Node {
    pub record: Record,
    /// Its container, where there is one.
    pub container: Option<Container>,
    pub stage: Stage,
    /// Why it could not come up.
    pub why: String,
    /// Its gate waits at the other end.
    pub gate: Option<Arc<UnixStream>>,
    pub health: Health,
    /// Somebody let Docker kill its container.
    pub killed: Option<Instant>,
    pub oom: bool,
    /// We end it ourselves.
    pub is_ending: bool,
    /// Listens for its gate.
    pub door: Option<AbortHandle>,
    /// Runs its commands.
    pub commands: Option<AbortHandle>,
    pub consoles: BTreeMap<String, Arc<Hub>>,
    usage: Sampler,
    told: (NodeState, u64),
}

impl Node {
    pub fn new(record: Record) -> Self {
        Self {
            record,
            container: None,
            stage: Stage::Rest,
            why: String::new(),
            gate: None,
            health: Health::Unchecked,
            killed: None,
            oom: false,
            is_ending: false,
            door: None,
            commands: None,
            consoles: BTreeMap::new(),
            usage: Sampler::default(),
            told: (NodeState::Stopped, now_ms()),
        }
    }

    /// Of a folder that an earlier agent left.
    pub fn adopt(record: Record, is_gate: impl FnOnce(u32) -> bool) -> Self {
        let mut node = Self::new(record);
        let Some(life) = &node.record.life else {
            return node;
        };
        match &life.process {
            Some(process) if process.living().is_some() => {
                // Its gate comes again by itself.
                let waits = is_gate(process.pid);
                node.stage = if waits { Stage::Coming } else { Stage::Running };
                if life.spec.healthcheck.is_some() {
                    node.health = Health::Starting;
                }
            }
            // It ended while nobody looked, or the host was booted anew: it is started again.
            Some(_) | None => {}
        }
        node
    }

    pub fn life(&self) -> Option<&LifeRecord> {
        self.record.life.as_ref()
    }

    pub fn is_alive(&self) -> bool {
        matches!(self.stage, Stage::Held | Stage::Running)
    }

    pub fn container_runs(&self) -> bool {
        self.container
            .as_ref()
            .is_some_and(|container| container.runs)
    }

    pub fn was_killed(&self) -> bool {
        self.killed.is_some_and(|at| at.elapsed() < KILLED_HOLDS)
    }

    /// Nothing of its container runs any more.
    pub fn rest(&mut self, why: impl Into<String>) {
        self.stage = Stage::Rest;
        self.why = why.into();
        self.gate = None;
        self.killed = None;
        self.oom = false;
        self.health = Health::Unchecked;
        self.consoles.clear();
        if let Some(commands) = self.commands.take() {
            commands.abort();
        }
        if let Some(life) = &mut self.record.life {
            life.process = None;
        }
    }

    pub fn observed(&mut self, down: Option<&str>) -> NodeObserved {
        let state = self.state(down);
        if self.told.0 != state {
            self.told = (state.clone(), now_ms());
        }
        let usage = match self.living() {
            Some(process) => self.usage.sample(process.pid),
            None => model::status::Usage::default(),
        };
        let life = self.record.life.as_ref();
        // One whose end was its own stays as it is for this wish.
        let stays = life.is_some_and(LifeRecord::has_ended);
        let lives = life.filter(|_| self.is_alive());
        NodeObserved {
            phase: self.phase(),
            start: life
                .filter(|_| self.is_alive() || stays)
                .map_or(0, |life| life.start),
            wipe: self.record.wipe,
            fingerprint: lives.map_or(String::new(), |life| life.fingerprint.clone()),
            life: self.living().map_or(0, process::ProcessId::life),
            state,
            since_ms: self.told.1,
            processes: self.processes(),
            consoles: self.console_names(),
            usage,
        }
    }

    fn phase(&self) -> NodePhase {
        match self.stage {
            // Of no wish that is known: it is to be stopped.
            Stage::Rest if self.life().is_none() && self.container_runs() => NodePhase::Held,
            Stage::Rest | Stage::Coming => NodePhase::Data,
            Stage::Held => NodePhase::Held,
            Stage::Running => NodePhase::Running,
        }
    }

    fn living(&self) -> Option<&process::ProcessId> {
        self.life().filter(|_| self.is_alive())?.process.as_ref()
    }

    fn state(&self, down: Option<&str>) -> NodeState {
        let starting = |step: &str| NodeState::Starting { step: step.into() };
        match self.stage {
            Stage::Coming => starting("its container"),
            Stage::Held => starting("connecting its interfaces"),
            Stage::Running => self.running(down),
            Stage::Rest => match self.life() {
                None => NodeState::Stopped,
                Some(life) => match &life.end {
                    Some(end) => end.state(life.spec.restart),
                    None if self.why.is_empty() => NodeState::Stopped,
                    None => NodeState::Failed {
                        why: self.why.clone(),
                    },
                },
            },
        }
    }

    fn running(&self, down: Option<&str>) -> NodeState {
        if let Some(why) = down {
            return NodeState::Degraded {
                why: format!("it runs on without its engine: {why}"),
            };
        }
        let Some(life) = self.life() else {
            return NodeState::Running { booted: true };
        };
        life::running(&life.spec.exec, &life.commands, &self.health)
    }

    fn processes(&self) -> Vec<ProcessStatus> {
        let Some(life) = self.life() else {
            return Vec::new();
        };
        let main = ProcessStatus {
            name: MAIN.into(),
            running: self.stage == Stage::Running,
            pid: u32::from(self.stage == Stage::Running),
            restarts: life.restarts,
            last_end: life.end.as_ref().map_or(String::new(), life::End::words),
        };
        let commands = life.commands.iter().zip(1..);
        let commands = commands.map(|(command, number)| ProcessStatus {
            name: command_name(number),
            running: command.status.is_none(),
            pid: 0,
            restarts: 0,
            last_end: command
                .status
                .map_or(String::new(), |status| format!("exit status {status}")),
        });
        std::iter::once(main).chain(commands).collect()
    }

    fn console_names(&self) -> Vec<String> {
        let life = self.life().filter(|_| self.stage == Stage::Running);
        let names = life.map(|life| {
            let own = life.spec.consoles.keys().cloned();
            let all: std::collections::BTreeSet<String> = own.chain([MAIN.to_owned()]).collect();
            all.into_iter().collect()
        });
        names.unwrap_or_default()
    }
}

impl LifeRecord {
    /// By itself, and is not to be started again for this wish.
    pub fn has_ended(&self) -> bool {
        let end = self.end.as_ref();
        end.is_some_and(|end| !end.starts_again(self.spec.restart))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for task in [self.door.take(), self.commands.take()]
            .into_iter()
            .flatten()
        {
            task.abort();
        }
    }
}

/// `exec-1`: as a process and as a log.
pub fn command_name(number: usize) -> String {
    format!("exec-{number}")
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
