//! A driver for tests of the reconciler: a node is an empty network namespace, its trouble is asked
//! for by its name. `fail-…` cannot be made, `hang-…` is never made to its end.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use fabric::scratch::Namespace;
use model::seen::NodePhase;
use model::spec::{NodeSpec, RunWish};
use model::status::{NodeState, Usage};
use model::{LabId, NodeId};
use runtime::{
    BoxFuture, DriverCapabilities, DriverError, DriverEvent, NodeDriver, NodeObserved, NodeRef,
    NodeStream, StreamKind,
};
use tokio::sync::broadcast;

pub struct FakeDriver {
    nodes: Mutex<BTreeMap<NodeRef, FakeNode>>,
    events: broadcast::Sender<DriverEvent>,
}

struct FakeNode {
    namespace: Option<Namespace>,
    observed: NodeObserved,
}

impl FakeDriver {
    pub fn new() -> Self {
        Self {
            nodes: Mutex::default(),
            events: broadcast::Sender::new(64),
        }
    }

    /// The node's supervisor dies, and its namespace with it.
    pub fn kill(&self, node: NodeRef) {
        if let Some(node) = self.nodes().get_mut(&node) {
            node.end(NodeState::Failed {
                why: "its supervisor ended with signal 9".into(),
            });
        }
        let _ = self.events.send(DriverEvent::Ended(node));
    }

    fn nodes(&self) -> MutexGuard<'_, BTreeMap<NodeRef, FakeNode>> {
        self.nodes
            .lock()
            .expect("no test panics while it holds this lock")
    }

    fn with<T>(
        &self,
        node: NodeRef,
        act: impl FnOnce(&mut FakeNode) -> T,
    ) -> Result<T, DriverError> {
        let mut nodes = self.nodes();
        nodes
            .get_mut(&node)
            .map(act)
            .ok_or(DriverError::NoSuchNode { node })
    }
}

fn next_life() -> u64 {
    static LIVES: AtomicU64 = AtomicU64::new(1);
    LIVES.fetch_add(1, Ordering::Relaxed)
}

impl FakeNode {
    fn make(spec: &NodeSpec) -> Result<Self, DriverError> {
        let failed = |error: fabric::Error| DriverError::Failed {
            what: "make a namespace".into(),
            why: error.to_string(),
        };
        let RunWish::On { start } = spec.run else {
            return Err(DriverError::BadSpec("the wish is off".into()));
        };
        let observed = NodeObserved {
            phase: NodePhase::Held,
            start,
            wipe: spec.wipe,
            fingerprint: spec.fingerprint(),
            life: next_life(),
            state: NodeState::Starting {
                step: "processes".into(),
            },
            since_ms: crate::host::now_ms(),
            processes: Vec::new(),
            consoles: spec
                .name
                .starts_with('r')
                .then(|| "shell".to_owned())
                .into_iter()
                .collect(),
            usage: Usage::default(),
        };
        Ok(Self {
            namespace: Some(Namespace::new().map_err(failed)?),
            observed,
        })
    }

    fn end(&mut self, state: NodeState) {
        self.namespace = None;
        self.observed.phase = NodePhase::Data;
        self.observed.life = 0;
        self.observed.start = 0;
        self.observed.state = state;
        self.observed.since_ms = crate::host::now_ms();
    }
}

impl NodeDriver for FakeDriver {
    fn capabilities(&self) -> Vec<DriverCapabilities> {
        vec![DriverCapabilities {
            kind: "netns",
            cannot_run: None,
        }]
    }

    fn has(&self, node: NodeRef) -> bool {
        self.nodes().contains_key(&node)
    }

    fn validate(&self, _: &NodeSpec) -> Vec<String> {
        Vec::new()
    }

    fn ensure<'a>(
        &'a self,
        node: NodeRef,
        spec: &'a NodeSpec,
    ) -> BoxFuture<'a, Result<NodeObserved, DriverError>> {
        Box::pin(async move {
            if spec.name.starts_with("hang-") {
                std::future::pending::<()>().await;
            }
            if spec.name.starts_with("fail-") {
                return Err(DriverError::BadSpec("it was asked to fail".into()));
            }
            let mut nodes = self.nodes();
            if let Some(there) = nodes.get(&node).filter(|there| there.namespace.is_some()) {
                return Ok(there.observed.clone());
            }
            let made = FakeNode::make(spec)?;
            let observed = made.observed.clone();
            nodes.insert(node, made);
            Ok(observed)
        })
    }

    fn netns(&self, node: NodeRef) -> BoxFuture<'_, Result<OwnedFd, DriverError>> {
        Box::pin(async move {
            let namespace = self.with(node, |node| {
                node.namespace.as_ref().map(Namespace::descriptor)
            })?;
            let descriptor = namespace.ok_or(DriverError::NotRunning { node })?;
            descriptor.map_err(|error| DriverError::Supervisor {
                node,
                why: error.to_string(),
            })
        })
    }

    fn release(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move {
            self.with(node, |node| {
                node.observed.phase = NodePhase::Running;
                node.observed.state = NodeState::Running { booted: true };
            })
        })
    }

    fn stop(&self, node: NodeRef, _: Duration) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move { self.with(node, |node| node.end(NodeState::Stopped)) })
    }

    fn wipe(&self, node: NodeRef, wipe: u64) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move { self.with(node, |node| node.observed.wipe = wipe) })
    }

    fn remove(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>> {
        Box::pin(async move {
            self.nodes().remove(&node);
            Ok(())
        })
    }

    fn observe(
        &self,
        lab: LabId,
    ) -> BoxFuture<'_, Result<BTreeMap<NodeId, NodeObserved>, DriverError>> {
        Box::pin(async move {
            let nodes = self.nodes();
            let ours = nodes.iter().filter(|(node, _)| node.lab == lab);
            Ok(ours
                .map(|(node, fake)| (node.node, fake.observed.clone()))
                .collect())
        })
    }

    fn observe_all(&self) -> BoxFuture<'_, Result<BTreeMap<NodeRef, NodeObserved>, DriverError>> {
        Box::pin(async move {
            let nodes = self.nodes();
            Ok(nodes
                .iter()
                .map(|(node, fake)| (*node, fake.observed.clone()))
                .collect())
        })
    }

    fn open(&self, node: NodeRef, _: StreamKind) -> BoxFuture<'_, Result<NodeStream, DriverError>> {
        Box::pin(async move { Err(DriverError::NotRunning { node }) })
    }

    fn watch(&self) -> broadcast::Receiver<DriverEvent> {
        self.events.subscribe()
    }
}
