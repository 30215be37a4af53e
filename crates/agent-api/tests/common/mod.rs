//! A simulated agent on a socket in a folder of its own, and what the stories say of it.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_api::codec::{self, Wire};
use agent_api::serve::{Peers, serve};
use agent_api::sim::{SimAgent, SimOptions};
use agent_api::unix::{UnixAgent, socket};
use agent_api::{AgentClient, AgentStream, ControllerId, HostSpec, LabEntry, StreamFrame};
use futures_util::StreamExt;
use model::spec::{ConsoleSpec, DriverSpec, HiddenBridge, LabSpec, NetnsSpec, NodeSpec, RunWish};
use model::status::NodeState;
use model::{Generation, HostId, LabId, NodeId};
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

pub struct Socket {
    pub agent: Arc<SimAgent>,
    allowed_uids: Vec<u32>,
    path: PathBuf,
    serving: Option<JoinHandle<()>>,
    _folder: tempfile::TempDir,
}

impl Socket {
    pub fn serve() -> Self {
        let own = std::fs::metadata("/proc/self").unwrap();
        Self::serve_for(vec![std::os::unix::fs::MetadataExt::uid(&own)])
    }

    pub fn serve_for(allowed_uids: Vec<u32>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = SimOptions {
            step: Duration::ZERO,
            ping_every: Duration::from_millis(5),
            ..SimOptions::default()
        };
        let mut socket = Self {
            agent: SimAgent::new(options),
            allowed_uids,
            path: folder.path().join("agent.sock"),
            serving: None,
            _folder: folder,
        };
        socket.restart();
        socket
    }

    pub fn restart(&mut self) {
        let listener = socket::listen(&self.path).unwrap();
        let peers = Peers {
            allowed_uids: self.allowed_uids.clone(),
        };
        self.serving = Some(tokio::spawn(serve(listener, self.agent.clone(), peers)));
    }

    pub async fn stop(&mut self) {
        let serving = self.serving.take().unwrap();
        serving.abort();
        let _ = serving.await;
        std::fs::remove_file(&self.path).unwrap();
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A client that is connected.
    pub async fn client(&self) -> Arc<UnixAgent> {
        let client = UnixAgent::connect(&self.path, controller());
        eventually("the client is connected", || async {
            client.hello().is_ok()
        })
        .await;
        client
    }

    /// A connection that has said nothing.
    pub async fn dial(&self) -> Wire<UnixStream> {
        codec::wire(socket::connect(&self.path).await.unwrap())
    }

    /// The one node of [`one_node`] runs after this.
    pub async fn start_node(&self, agent: &dyn AgentClient) {
        agent.apply(one_node(1, "r1")).await.unwrap();
        eventually("the node runs", || async {
            let status = agent.status().await.unwrap();
            status.labs[&lab_id()].nodes[&node_id()].state == NodeState::Running { booted: true }
        })
        .await;
    }
}

pub fn controller() -> ControllerId {
    ControllerId("first".into())
}

pub fn lab_id() -> LabId {
    LabId(uuid::Uuid::from_u128(7))
}

pub fn node_id() -> NodeId {
    NodeId::try_from(1).unwrap()
}

/// A wish for one lab with one node that shall run.
pub fn one_node(generation: u64, name: &str) -> HostSpec {
    let netns = NetnsSpec {
        hostname: name.into(),
        consoles: BTreeMap::from([(
            "shell".into(),
            ConsoleSpec {
                argv: vec!["sh".into()],
            },
        )]),
        ..NetnsSpec::default()
    };
    let node = NodeSpec {
        name: name.into(),
        run: RunWish::On { start: 1 },
        wipe: 0,
        interfaces: BTreeMap::new(),
        driver: DriverSpec::Netns(netns),
    };
    let spec = LabSpec {
        lab: lab_id(),
        name: "lab".into(),
        hidden_bridge: HiddenBridge::OnDemand,
        nodes: BTreeMap::from([(node_id(), node)]),
        networks: BTreeMap::new(),
        links: BTreeMap::new(),
    };
    let entry = LabEntry::Present {
        generation: Generation(generation),
        spec,
    };
    HostSpec {
        controller: controller(),
        host: HostId(uuid::Uuid::from_u128(1)),
        labs: BTreeMap::from([(lab_id(), entry)]),
        causes: BTreeMap::new(),
    }
}

/// Waits until the condition holds; fails after a minute.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), waiting).await;
    assert!(waited.is_ok(), "waited a minute in vain until: {what}");
}

/// Reads a stream until its text holds `wanted`; answers how many bytes came.
pub async fn read_until(stream: &mut AgentStream, wanted: &str) -> u64 {
    let mut text = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&text).contains(wanted) {
            let frame = stream
                .output
                .next()
                .await
                .expect("the stream ended")
                .unwrap();
            if let StreamFrame::Data(bytes) = frame {
                text.extend_from_slice(&bytes);
            }
        }
    };
    let read = tokio::time::timeout(Duration::from_mins(1), reading).await;
    assert!(
        read.is_ok(),
        "{wanted:?} did not come, only {:?}",
        String::from_utf8_lossy(&text)
    );
    text.len() as u64
}
