//! What operations and control loops share.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use agent_api::{AgentClient, AgentError, Capabilities, ControllerId, HelloReply};
use api::event::Event;
use model::template::Templates;
use model::{HostId, InstanceId, LabId};
use store::{Labs, Store, UserId};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::auth::{Caller, LiveSessions, Passwords, Throttle};
use crate::border::{Border, Hosts};
use crate::clock::Clock;
use crate::control::{Causes, Pushed};
use crate::error::Error;
use crate::hub::{Audience, Hub};
use crate::jobs::Jobs;
use crate::statuses::Statuses;
use crate::streams::Streams;

/// Settings that operations ask for.
#[derive(Debug, Clone)]
pub struct Settings {
    pub instance: InstanceId,
    /// Whether the session cookie is sent over HTTPS alone.
    pub cookie_secure: bool,
    /// The names that this server answers to, besides its addresses.
    pub hosts: Hosts,
    pub border: Border,
}

impl Settings {
    /// The defaults.
    pub fn of(instance: InstanceId) -> Self {
        Self {
            instance,
            cookie_secure: false,
            hosts: Hosts::default(),
            border: Border::default(),
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
    pub throttle: Throttle,
    pub live: LiveSessions,
    pub hub: Hub,
    pub statuses: Statuses,
    pub jobs: Jobs,
    /// What the agent was told last.
    pub pushed: Pushed,
    /// Whose requests the agent is to be told something for.
    pub causes: Causes,
    pub wake: Wake,
    /// Operations that have begun to change something, and run to their end whoever leaves.
    pub begun: TaskTracker,
    pub streams: Streams,
    /// The server stops: streams and waits end.
    pub stopping: CancellationToken,
    owners: Mutex<BTreeMap<LabId, UserId>>,
}

/// The host as its agent introduced it.
pub struct Host {
    pub id: HostId,
    pub capabilities: Capabilities,
}

/// Signals that only wake a loop; what is to be done it finds out itself.
#[derive(Debug, Default)]
pub struct Wake {
    pub push_specs: Notify,
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
            config: from.config,
            clock: from.clock,
            store: from.store,
            labs: from.labs,
            agent: from.agent,
            controller: from.controller,
            templates: from.templates,
            passwords: from.passwords,
            throttle: Throttle::default(),
            live: LiveSessions::new(stopping.clone()),
            hub: Hub::new(from.epoch),
            statuses: Statuses::default(),
            jobs: Jobs::default(),
            pushed: Pushed::default(),
            causes: Causes::default(),
            wake: Wake::default(),
            begun: TaskTracker::new(),
            streams: Streams::default(),
            stopping,
            owners: Mutex::default(),
        }))
    }

    /// The host, while its agent is connected and takes this server.
    pub fn host(&self) -> Result<Host, AgentError> {
        match self.agent.hello()? {
            HelloReply::Welcome {
                host, capabilities, ..
            } => Ok(Host {
                id: host,
                capabilities,
            }),
            HelloReply::Refused { why } => Err(AgentError::Refused(why)),
            HelloReply::StreamOpen => Err(AgentError::Refused("it opened a stream".into())),
        }
    }

    /// Cancelled when the caller's session or the server ends.
    pub fn session_end(&self, caller: &Caller) -> CancellationToken {
        self.live.end_of(&caller.key)
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

    /// Who may know of the lab; `None`: there is no such lab.
    pub async fn audience_of(&self, lab: LabId) -> Result<Option<Audience>, Error> {
        let owner = self.owner_of(lab).await?;
        Ok(owner.map(|owner| Audience::Lab { lab, owner }))
    }

    /// An owner never changes, so it is asked for once.
    async fn owner_of(&self, lab: LabId) -> Result<Option<UserId>, Error> {
        let known = self
            .owners
            .lock()
            .expect("no holder panics")
            .get(&lab)
            .copied();
        if known.is_some() {
            return Ok(known);
        }
        let owner = self.labs.get(lab).await?.map(|record| record.owner.id);
        if let Some(owner) = owner {
            let mut owners = self.owners.lock().expect("no holder panics");
            owners.insert(lab, owner);
        }
        Ok(owner)
    }

    /// Forgets what is kept in memory of a lab that is gone.
    pub fn forget_lab(&self, lab: LabId) {
        self.owners.lock().expect("no holder panics").remove(&lab);
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
