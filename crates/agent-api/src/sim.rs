//! A simulated agent: the same protocol, no host. Server, CLI and SPA run on it without privileges.
//!
//! Nodes pass through the states that real ones do, each step lasting [`SimOptions::step`]. Consoles
//! echo like a small shell, commands answer, files that were put are got back. A node's name can ask
//! for trouble: `fail-…` fails, `degraded-…` runs badly, `slow-…` takes ten times as long, `stuck-…`
//! never gets past its first step. A running node `lost-…` has lost its links until they are repaired,
//! and in a network `foreign-…` is a device of the host. Controllers, generations and tombstones are treated as a real
//! agent does; nothing is kept when the value is dropped.

mod drift;
mod exec;
mod images;
mod node;
mod shell;
mod streams;
mod tape;
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::drift::Drift;
use model::spec::HiddenBridge;
use model::{HostId, InstanceId, LabId};
use tokio::sync::{Notify, broadcast};

use crate::client::{AgentClient, AgentError, AgentStream, BoxFuture, ClientEvent};
use crate::drift::{Discovery, Repair};
use crate::figures::HostFigures;
use crate::image::{ImageAnswer, ImageAsk};
use crate::message::{Capabilities, HelloReply};
use crate::protocol::PROTOCOL;
use crate::serve::Service;
use crate::spec::{ApplyOutcome, ControllerId, HostSpec, HostStatus};
use crate::stream::Opening;
use world::World;

/// How the simulated host behaves.
#[derive(Debug, Clone)]
pub struct SimOptions {
    pub instance: InstanceId,
    pub host: HostId,
    pub hidden_bridge: HiddenBridge,
    /// How long a node stays in each state on its way up or down. Zero: it is there at once.
    pub step: Duration,
    /// How many nodes start at the same time; the others wait.
    pub starting_at_once: usize,
    /// Pause between the replies of `ping`.
    pub ping_every: Duration,
    /// What its hello says to who asks it without a socket: an older one plays an older agent.
    pub protocol: u32,
}

impl Default for SimOptions {
    fn default() -> Self {
        Self {
            instance: InstanceId("00000000-0000-0000-0000-00000000051a".into()),
            host: HostId(uuid::Uuid::from_u128(0x51a)),
            hidden_bridge: HiddenBridge::OnDemand,
            step: Duration::from_millis(300),
            starting_at_once: 4,
            ping_every: Duration::from_secs(1),
            protocol: PROTOCOL,
        }
    }
}

/// The agent; its labs live as long as it does.
pub struct SimAgent {
    shared: Arc<Shared>,
    task: tokio::task::AbortHandle,
}

struct Shared {
    options: SimOptions,
    world: Mutex<World>,
    wake: Notify,
    events: broadcast::Sender<ClientEvent>,
    /// False while the simulated agent plays dead.
    reachable: std::sync::atomic::AtomicBool,
}

impl SimAgent {
    /// Needs a tokio runtime.
    pub fn new(options: SimOptions) -> Arc<Self> {
        let shared = Arc::new(Shared {
            world: Mutex::new(World::new(options.clone())),
            options,
            wake: Notify::new(),
            events: broadcast::Sender::new(4096),
            reachable: true.into(),
        });
        let task = tokio::spawn(live(shared.clone())).abort_handle();
        Arc::new(Self { shared, task })
    }

    /// Plays an agent that cannot be reached, and one that is back; its nodes go on meanwhile.
    pub fn set_reachable(&self, reachable: bool) {
        let event = if reachable {
            ClientEvent::Connected
        } else {
            ClientEvent::Disconnected {
                why: "the simulated agent plays dead".into(),
            }
        };
        let before = self
            .shared
            .reachable
            .swap(reachable, std::sync::atomic::Ordering::SeqCst);
        if before != reachable {
            // An error only means that nobody listens.
            let _ = self.shared.events.send(event);
        }
    }

    /// Drift of a lab beside what its names ask for; a repair ends it where it can.
    pub fn set_drifts(&self, lab: LabId, drifts: Vec<Drift>) {
        self.shared.world().set_drifts(lab, drifts);
        self.shared.wake.notify_one();
    }

    /// What the server said last.
    pub fn discovery(&self) -> Discovery {
        self.shared.world().discovery
    }

    /// What `nova-ve-agent accept ID` does on a real host.
    pub fn accept(&self, controller: ControllerId) {
        self.shared.world().controllers.insert(controller);
    }
}

impl Drop for SimAgent {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world
            .lock()
            .expect("the simulated world never panics while it is locked")
    }

    fn reached(&self) -> Result<(), AgentError> {
        if self.reachable.load(std::sync::atomic::Ordering::SeqCst) {
            return Ok(());
        }
        Err(AgentError::Unreachable(
            "the simulated agent plays dead".into(),
        ))
    }

    fn advance_and_publish(&self) {
        let mut world = self.world();
        world.advance(now_ms());
        for event in world.news() {
            if self.reached().is_ok() {
                let _ = self.events.send(ClientEvent::Agent(event));
            }
        }
    }
}

/// The passing of time.
async fn live(shared: Arc<Shared>) {
    let tick =
        (shared.options.step / 4).clamp(Duration::from_millis(5), Duration::from_millis(100));
    loop {
        shared.advance_and_publish();
        // Both arms only wake; nothing is lost when one of them is dropped.
        tokio::select! {
            () = shared.wake.notified() => {}
            () = tokio::time::sleep(tick) => {}
        }
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

impl AgentClient for SimAgent {
    fn hello(&self) -> Result<HelloReply, AgentError> {
        self.shared.reached()?;
        let options = &self.shared.options;
        Ok(HelloReply::Welcome {
            protocol: options.protocol,
            instance: options.instance.clone(),
            host: options.host,
            capabilities: Capabilities {
                kinds: BTreeMap::from([("netns".into(), String::new())]),
                hidden_bridge: options.hidden_bridge,
                rootless: true,
                drift: true,
            },
        })
    }

    fn apply(
        &self,
        spec: HostSpec,
    ) -> BoxFuture<'_, Result<BTreeMap<LabId, ApplyOutcome>, AgentError>> {
        Box::pin(async move {
            self.shared.reached()?;
            self.admit(&spec.controller)
                .map_err(|message| AgentError::Failed {
                    code: "unknown_controller".into(),
                    message,
                })?;
            let outcomes = self.shared.world().apply(spec.labs);
            self.shared.wake.notify_one();
            Ok(outcomes)
        })
    }

    fn status(&self) -> BoxFuture<'_, Result<HostStatus, AgentError>> {
        Box::pin(async move {
            self.shared.reached()?;
            Ok(self.shared.world().status())
        })
    }

    fn figures(&self) -> BoxFuture<'_, Result<HostFigures, AgentError>> {
        Box::pin(async move {
            self.shared.reached()?;
            Ok(HostFigures {
                version: "simulated".into(),
                process: telemetry::ProcessFigures::own(),
                supervisors: self.shared.world().supervisors(),
                ..HostFigures::default()
            })
        })
    }

    fn set_discovery(&self, discovery: Discovery) -> BoxFuture<'_, Result<(), AgentError>> {
        Box::pin(async move {
            self.shared.reached()?;
            self.shared.world().discovery = discovery;
            Ok(())
        })
    }

    fn repair(&self, repair: Repair) -> BoxFuture<'_, Result<(), AgentError>> {
        Box::pin(async move {
            self.shared.reached()?;
            let known = self.shared.world().repair(&repair);
            self.shared.wake.notify_one();
            known.then_some(()).ok_or_else(|| AgentError::Failed {
                code: "unknown_lab".into(),
                message: format!("this host has no lab {}", repair.lab),
            })
        })
    }

    fn images(&self, ask: ImageAsk) -> BoxFuture<'_, Result<ImageAnswer, AgentError>> {
        Box::pin(async move {
            self.shared.reached()?;
            self.shared.world().images.answer(ask)
        })
    }

    fn events(&self) -> broadcast::Receiver<ClientEvent> {
        self.shared.events.subscribe()
    }

    fn open(&self, opening: Opening) -> BoxFuture<'_, Result<AgentStream, AgentError>> {
        Box::pin(async move {
            self.shared.reached()?;
            streams::open(&mut self.shared.world(), opening)
        })
    }
}

impl Service for SimAgent {
    fn admit(&self, controller: &ControllerId) -> Result<(), String> {
        let known = &mut self.shared.world().controllers;
        if known.is_empty() {
            known.insert(controller.clone());
        }
        if known.contains(controller) {
            return Ok(());
        }
        Err(format!(
            "controller {} is unknown here; `nova-ve-agent accept {}` accepts it",
            controller.0, controller.0
        ))
    }
}
