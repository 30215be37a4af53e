//! What every lab of this agent shares.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use agent_api::client::ClientEvent;
use agent_api::{Capabilities, Event};
use fabric::Fabric;
use model::{HostId, InstanceId};
use runtime::{ImageStore, NodeDriver};
use tokio::sync::{Semaphore, broadcast};

use crate::config::Allow;
use crate::discovery::Cadence;
use crate::figures::Figures;
use crate::follower::Requests;
use crate::gateway::Gateways;
use crate::ledger::Ledger;
use crate::policy;

/// Nodes that are made at the same time, of all labs; more would only make each slower.
const STARTS_AT_ONCE: usize = 8;
/// Events that a slow server may lag behind.
const EVENT_BUFFER: usize = 1024;

/// By which the host is changed.
pub struct Means {
    pub driver: Arc<dyn NodeDriver>,
    pub images: Arc<dyn ImageStore>,
    pub fabric: Fabric,
    pub gateways: Gateways,
}

pub struct Host {
    pub instance: InstanceId,
    pub id: HostId,
    /// But for its kinds, which the drivers know.
    capabilities: Capabilities,
    pub allow: Allow,
    pub driver: Arc<dyn NodeDriver>,
    pub images: Arc<dyn ImageStore>,
    pub fabric: Fabric,
    /// Networks that this host is on.
    pub gateways: Gateways,
    pub starts: Semaphore,
    /// Ends of links that a pass found wrong; the follower's to mend.
    pub settle: Requests,
    pub figures: Figures,
    /// How often everything is walked.
    pub cadence: Cadence,
    events: broadcast::Sender<ClientEvent>,
    ledger: Mutex<Ledger>,
    /// Held by whoever writes to the ledger's files.
    keeping: Mutex<()>,
}

impl Host {
    pub fn new(
        id: HostId,
        instance: InstanceId,
        capabilities: Capabilities,
        allow: Allow,
        means: Means,
        mut ledger: Ledger,
        figures: Figures,
    ) -> Self {
        // What an earlier agent let in counts by what is allowed now.
        ledger.hold_back(|spec| policy::refusals(spec, &allow));
        Self {
            instance,
            id,
            capabilities,
            allow,
            driver: means.driver,
            images: means.images,
            fabric: means.fabric,
            gateways: means.gateways,
            starts: Semaphore::new(STARTS_AT_ONCE),
            settle: Requests::default(),
            figures,
            cadence: Cadence::default(),
            events: broadcast::Sender::new(EVENT_BUFFER),
            ledger: Mutex::new(ledger),
            keeping: Mutex::default(),
        }
    }

    /// Now: an engine comes and goes.
    pub fn capabilities(&self) -> Capabilities {
        let kinds = self.driver.capabilities().into_iter();
        let kinds = kinds.map(|can| (can.kind.to_owned(), can.cannot_run.unwrap_or_default()));
        Capabilities {
            kinds: kinds.collect(),
            ..self.capabilities.clone()
        }
    }

    pub fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger
            .lock()
            .expect("the ledger never panics while it is locked")
    }

    /// For whoever writes to the ledger's files: one at a time. Taken before the ledger itself.
    pub fn keeping(&self) -> MutexGuard<'_, ()> {
        self.keeping
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Tells every server that listens; nobody may.
    pub fn tell(&self, event: Event) {
        let _ = self.events.send(ClientEvent::Agent(event));
    }

    pub fn events(&self) -> broadcast::Receiver<ClientEvent> {
        self.events.subscribe()
    }
}

/// Unix milliseconds, for people to read.
pub fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
