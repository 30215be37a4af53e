//! The agent under measurement, as a server sees it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use agent_api::client::ClientEvent;
use agent_api::unix::UnixAgent;
use agent_api::{AgentClient, ApplyOutcome, ControllerId, Event, HelloReply, HostSpec, LabEntry};
use anyhow::{Context, bail};
use model::spec::LabSpec;
use model::status::{LabStatus, LinkStatus, NodeState, Plumbed};
use model::{Generation, LabId};
use tempfile::TempDir;
use tokio::sync::broadcast;

use crate::place::until_quiet;

pub const INSTANCE: &str = "bench";
const CONTROLLER: &str = "bench";
/// What a busy machine may need for anything.
const PATIENCE: Duration = Duration::from_mins(3);

/// A running agent on a folder of its own; swept when it is dropped.
pub struct Agent {
    program: PathBuf,
    data: TempDir,
    child: Child,
    pub client: Arc<UnixAgent>,
}

impl Agent {
    pub async fn start(program: PathBuf) -> anyhow::Result<Self> {
        tokio::task::block_in_place(until_quiet)?;
        let data = tempfile::tempdir()?;
        std::fs::write(data.path().join("instance_id"), INSTANCE)?;
        let child = Command::new(&program)
            .args(["serve", "--data"])
            .arg(data.path())
            .env(
                "NOVA_VE_LOG",
                std::env::var("NOVA_VE_LOG").unwrap_or("warn".into()),
            )
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("start {}", program.display()))?;
        let socket = data.path().join("runtime/agent.sock");
        let client = UnixAgent::connect(socket, ControllerId(CONTROLLER.into()));
        let agent = Self {
            program,
            data,
            child,
            client,
        };
        agent.is_ready().await?;
        Ok(agent)
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn data(&self) -> &Path {
        self.data.path()
    }

    async fn is_ready(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while self.client.hello().is_err() {
            if Instant::now() > deadline {
                bail!("the agent does not answer");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    pub fn host_spec(&self, labs: BTreeMap<LabId, LabEntry>) -> anyhow::Result<HostSpec> {
        let HelloReply::Welcome { host, .. } = self.client.hello()? else {
            bail!("the agent gives no welcome");
        };
        Ok(HostSpec {
            controller: ControllerId(CONTROLLER.into()),
            host,
            labs,
            causes: BTreeMap::new(),
        })
    }

    pub async fn apply(&self, generation: u64, spec: LabSpec) -> anyhow::Result<()> {
        let (lab, generation) = (spec.lab, Generation(generation));
        self.apply_entry(lab, LabEntry::Present { generation, spec })
            .await
    }

    pub async fn apply_entry(&self, lab: LabId, entry: LabEntry) -> anyhow::Result<()> {
        let spec = self.host_spec(BTreeMap::from([(lab, entry)]))?;
        let outcomes = self.client.apply(spec).await?;
        match outcomes.get(&lab) {
            Some(ApplyOutcome::Accepted) => Ok(()),
            other => bail!("the wish was not taken: {other:?}"),
        }
    }

    /// Every node of `spec` runs and both ends of every link have carrier, as the agent tells it.
    pub async fn until_plumbed(
        &self,
        events: &mut broadcast::Receiver<ClientEvent>,
        spec: &LabSpec,
    ) -> anyhow::Result<()> {
        self.until(events, spec.lab, |status| is_plumbed(status, spec))
            .await
    }

    pub async fn until(
        &self,
        events: &mut broadcast::Receiver<ClientEvent>,
        lab: LabId,
        holds: impl Fn(&LabStatus) -> bool,
    ) -> anyhow::Result<()> {
        self.until_event(events, |event| {
            matches!(event, ClientEvent::Agent(Event::Lab { lab: its, status })
                if *its == lab && holds(status))
        })
        .await
    }

    pub async fn until_event(
        &self,
        events: &mut broadcast::Receiver<ClientEvent>,
        is_it: impl Fn(&ClientEvent) -> bool,
    ) -> anyhow::Result<()> {
        let waiting = async {
            loop {
                match events.recv().await {
                    Ok(event) if is_it(&event) => return Ok(()),
                    Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => bail!("the agent is gone"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .context("waited in vain")?
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // What fails here leaves something running, which the person sees by `ps`.
        let _ = self.child.kill().and_then(|()| self.child.wait());
        let mut sweep = Command::new(&self.program);
        let _ = sweep
            .args(["sweep", "--purge", "--data"])
            .arg(self.data.path())
            .status();
    }
}

fn is_plumbed(status: &LabStatus, spec: &LabSpec) -> bool {
    let runs = |state: &NodeState| *state == NodeState::Running { booted: true };
    let nodes = status
        .nodes
        .values()
        .filter(|node| runs(&node.state))
        .count();
    let up = |link: &&LinkStatus| link.plumbed == Plumbed::Yes && link.a.carrier && link.b.carrier;
    let links = status.links.values().filter(up).count();
    nodes == spec.nodes.len() && links == spec.links.len()
}
