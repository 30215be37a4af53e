//! What operations and control loops share.

use std::ops::Deref;
use std::sync::Arc;

use agent_api::reserve::Reserve;
use agent_api::{
    AgentClient, AgentError, Capabilities, ControllerId, Discovery, HelloReply, PROTOCOL,
};
use api::event::Event;
use model::template::Templates;
use model::{HostId, InstanceId, LabId};
use store::{Labs, Store};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::{Live, Passwords, Refusals, Rights, Throttle};
use crate::border::{Border, Hosts};
use crate::clock::Clock;
use crate::control::{Causes, Pushed};
use crate::error::Error;
use crate::guacamole::{Guacamole, Places};
use crate::hub::{Audience, Hub};
use crate::jobs::Jobs;
use crate::metrics::{Metrics, Readers};
use crate::pings::Pings;
use crate::statuses::Statuses;

/// Settings that operations ask for.
#[derive(Debug, Clone)]
pub struct Settings {
    pub instance: InstanceId,
    /// Whether the session cookie is sent over HTTPS alone.
    pub cookie_secure: bool,
    /// How long the audit log is kept.
    pub audit_days: u32,
    /// Who may read the figures.
    pub metrics: Readers,
    /// The names that this server answers to, besides its addresses.
    pub hosts: Hosts,
    pub border: Border,
    /// How the agent looks for drift, at the start.
    pub discovery: Discovery,
    /// Room on the data folder's disk for what makes room there.
    pub reserve: Option<Reserve>,
    /// The Guacamole that consoles open in, too.
    pub guacamole: Option<Guacamole>,
}

impl Settings {
    /// The defaults.
    pub fn of(instance: InstanceId) -> Self {
        Self {
            instance,
            cookie_secure: false,
            audit_days: 365,
            metrics: Readers::Loopback,
            hosts: Hosts::default(),
            border: Border::default(),
            discovery: Discovery::default(),
            reserve: None,
            guacamole: None,
        }
    }
}

/// What the server is made of; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub config: Settings,
    pub clock: Clock,
    pub store: Store,
    pub labs: Labs,
    pub agent: Arc<dyn AgentClient>,
    pub controller: ControllerId,
    pub templates: Templates,
    pub passwords: Passwords,
    pub pings: Pings,
    pub throttle: Throttle,
    pub live: Live,
    pub rights: Rights,
    pub refusals: Refusals,
    /// Consoles that are open in Guacamole, or wait for it.
    pub in_guacamole: Places,
    pub hub: Hub,
    pub statuses: Statuses,
    pub jobs: Jobs,
    /// What the agent was told last.
    pub pushed: Pushed,
    /// Whose requests the agent is to be told something for.
    pub causes: Causes,
    pub metrics: Metrics,
    pub wake: Wake,
    /// How the agent looks for drift now; see `App::set_discovery`.
    pub discovery: watch::Sender<Discovery>,
    /// What everybody should know about this run of the server.
    pub notice: std::sync::OnceLock<String>,
    /// Operations that have begun to change something, and run to their end whoever leaves.
    pub begun: TaskTracker,
    /// The server stops: streams and waits end.
    pub stopping: CancellationToken,
}

/// The host as its agent introduced it.
pub struct Host {
    pub id: HostId,
    pub capabilities: Capabilities,
    /// That the agent and this server speak.
    pub protocol: u32,
}

impl Host {
    /// The agent is of a version before this server's: what came since is not sent to it.
    pub fn is_older(&self) -> bool {
        self.protocol < PROTOCOL
    }
}

/// Signals that only wake a loop; what is to be done it finds out itself.
#[derive(Debug, Default)]
pub struct Wake {
    pub push_specs: Notify,
    pub discovery: Notify,
    pub jobs: Notify,
}

/// What an `App` is made from.
pub struct Ingredients {
    pub config: Settings,
    pub clock: Clock,
    pub store: Store,
    pub labs: Labs,
    pub agent: Arc<dyn AgentClient>,
    pub controller: ControllerId,
    pub templates: Templates,
    pub passwords: Passwords,
    /// Names this run of the server in the event stream.
    pub epoch: String,
}

impl App {
    pub fn new(from: Ingredients) -> Self {
        let stopping = CancellationToken::new();
        Self(Arc::new(Parts {
            discovery: watch::Sender::new(from.config.discovery),
            config: from.config,
            clock: from.clock,
            store: from.store,
            labs: from.labs,
            agent: from.agent,
            controller: from.controller,
            templates: from.templates,
            passwords: from.passwords,
            pings: Pings::default(),
            throttle: Throttle::default(),
            live: Live::new(stopping.clone()),
            rights: Rights::default(),
            refusals: Refusals::default(),
            in_guacamole: Places::default(),
            hub: Hub::new(from.epoch),
            statuses: Statuses::default(),
            jobs: Jobs::default(),
            pushed: Pushed::default(),
            causes: Causes::default(),
            metrics: Metrics::default(),
            wake: Wake::default(),
            notice: std::sync::OnceLock::new(),
            begun: TaskTracker::new(),
            stopping,
        }))
    }

    /// The host, while its agent is connected and takes this server.
    pub fn host(&self) -> Result<Host, AgentError> {
        match self.agent.hello()? {
            HelloReply::Welcome {
                protocol,
                host,
                capabilities,
                ..
            } => Ok(Host {
                id: host,
                capabilities,
                protocol,
            }),
            HelloReply::Refused { why, .. } => Err(AgentError::Refused(why)),
            HelloReply::StreamOpen => Err(AgentError::Refused("it opened a stream".into())),
        }
    }

    /// The agent is told at once, or as soon as it can be.
    pub fn set_discovery(&self, discovery: Discovery) {
        self.discovery.send_replace(discovery);
        self.wake.discovery.notify_one();
    }

    /// Tells everybody.
    pub fn publish(&self, event: Event) {
        self.hub
            .publish(self.clock.now_ms(), Audience::Everybody, event);
    }

    /// Tells those who may see the lab.
    pub async fn publish_lab(&self, lab: LabId, event: Event) -> Result<(), Error> {
        if let Some(audience) = self.audience_of(lab).await? {
            self.hub.publish(self.clock.now_ms(), audience, event);
        }
        Ok(())
    }

    /// Forgets what is kept in memory of a lab that is gone.
    pub fn forget_lab(&self, lab: LabId) {
        self.rights.forget(lab);
        self.statuses.forget(lab);
        self.pushed.forget(lab);
        self.causes.forget(lab);
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
