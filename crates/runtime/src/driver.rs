//! What every kind of node offers to the agent.
//!
//! ```text
//! (nothing) ─ensure─▶ Held ─release─▶ Running ─stop─▶ Data ─remove─▶ (nothing)
//! ```
//! Every act is idempotent and may be cut off at any point: the next `observe` tells how far it came,
//! and the same act brings it to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::time::Duration;

use model::names::LabHash;
use model::seen::NodePhase;
use model::spec::NodeSpec;
use model::status::{NodeState, ProcessStatus, Usage};
use model::{LabId, NodeId};
use tokio::sync::broadcast;

use crate::stream::{NodeStream, StreamKind};

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A node of a lab on this host; folders and sockets are named by the hash, as kernel objects are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeRef {
    pub lab: LabId,
    pub hash: LabHash,
    pub node: NodeId,
}

/// `e4e6-3`: the name of the node's folder.
impl fmt::Display for NodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.hash, self.node)
    }
}

/// What a driver can do on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriverCapabilities {
    /// `netns`.
    pub kind: &'static str,
    /// Why it cannot run here, and what would help; `None`: it can.
    pub cannot_run: Option<String>,
}

/// A node as kernel and supervisor show it now.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeObserved {
    pub phase: NodePhase,
    /// The wish it was started for; 0 while only its data is there, unless it ended by itself and is
    /// not to be started again for that wish.
    pub start: u64,
    /// The wipe count its data was made under.
    pub wipe: u64,
    /// `NodeSpec::fingerprint` of the spec it was started with; empty while only its data is there.
    pub fingerprint: String,
    /// Tells one life of the node from the next: of the same number, its namespaces are the same.
    /// 0 for a node that does not live.
    pub life: u64,
    pub state: NodeState,
    /// Unix milliseconds at which the state was entered.
    pub since_ms: u64,
    pub processes: Vec<ProcessStatus>,
    /// Names of the consoles that can be opened now.
    pub consoles: Vec<String>,
    pub usage: Usage,
}

/// Something happened to a node; what it is now, `observe` tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverEvent {
    /// Its state or one of its processes changed.
    Changed(NodeRef),
    /// Told once: `ospfd ended with signal 6, started again in 0.5 s`.
    Notice { node: NodeRef, message: String },
    /// Its supervisor ended, asked or not.
    Ended(NodeRef),
}

#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    #[error("node {node} is not there")]
    NoSuchNode { node: NodeRef },
    #[error("node {node} does not run")]
    NotRunning { node: NodeRef },
    #[error("node {node} still runs; stop it first")]
    StillRuns { node: NodeRef },
    #[error("node {node} has no console {console:?}; it has {}", list(has))]
    NoSuchConsole {
        node: NodeRef,
        console: String,
        has: Vec<String>,
    },
    #[error("there is no image {name} on this host")]
    NoSuchImage { name: String },
    #[error("the spec cannot be run: {0}")]
    BadSpec(String),
    /// `what` fits after "failed to": `mount an overlay on /etc of the node`.
    #[error("{what}: {why}")]
    Failed { what: String, why: String },
    #[error("the supervisor of node {node} does not answer: {why}")]
    Supervisor { node: NodeRef, why: String },
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".into()
    } else {
        names.join(", ")
    }
}

impl DriverError {
    pub(crate) fn failed(what: impl Into<String>, why: impl fmt::Display) -> Self {
        Self::Failed {
            what: what.into(),
            why: why.to_string(),
        }
    }
}

/// What the nodes of a lab are called on its management network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabNames {
    /// As in `/etc/hosts`: an address a line, and the names for it.
    pub lines: String,
    /// Those that are on that network; the others do not reach it.
    pub nodes: BTreeSet<NodeId>,
}

/// Hears how far something is that takes long: `pulling 43 %`.
pub type Tell<'a> = dyn Fn(&str) + Send + Sync + 'a;

/// Runs nodes of one kind, or of several. Object-safe: the agent holds one `Arc<dyn NodeDriver>`.
pub trait NodeDriver: Send + Sync + 'static {
    /// For each kind that it runs.
    fn capabilities(&self) -> Vec<DriverCapabilities>;

    /// Everything that keeps this host from running the node, as sentences; nothing is touched.
    fn validate(&self, spec: &NodeSpec) -> Vec<String>;

    /// There is something of the node, if only data.
    fn has(&self, node: NodeRef) -> bool;

    /// What may take long and leaves no node behind: fetch its image. To be called before `ensure`.
    fn prepare<'a>(
        &'a self,
        _node: NodeRef,
        _spec: &'a NodeSpec,
        _tell: &'a Tell<'a>,
    ) -> BoxFuture<'a, Result<(), DriverError>> {
        Box::pin(std::future::ready(Ok(())))
    }

    /// Make the node's namespaces and tree; nothing of the lab runs in it yet. A node that runs
    /// already is left alone. Fails when the wish is off.
    fn ensure<'a>(
        &'a self,
        node: NodeRef,
        spec: &'a NodeSpec,
    ) -> BoxFuture<'a, Result<NodeObserved, DriverError>>;

    /// The node's network namespace.
    fn netns(&self, node: NodeRef) -> BoxFuture<'_, Result<OwnedFd, DriverError>>;

    /// Let the node's processes start; returns at once.
    fn release(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>>;

    /// Ask every process to end, kill what is left after `grace`; its data stays.
    fn stop(&self, node: NodeRef, grace: Duration) -> BoxFuture<'_, Result<(), DriverError>>;

    /// Delete the data of a stopped node and remember `wipe` as its count.
    fn wipe(&self, node: NodeRef, wipe: u64) -> BoxFuture<'_, Result<(), DriverError>>;

    /// Stop it at once if it runs and delete everything of it.
    fn remove(&self, node: NodeRef) -> BoxFuture<'_, Result<(), DriverError>>;

    /// For files of nodes that say who else is there, also of nodes that run. Of a lab that nothing was said
    /// of there are no names.
    fn set_names(&self, _lab: LabId, _names: &LabNames) {}

    /// The lab's nodes on this host.
    fn observe(
        &self,
        lab: LabId,
    ) -> BoxFuture<'_, Result<BTreeMap<NodeId, NodeObserved>, DriverError>>;

    /// Every node of this kind on this host, of every lab.
    fn observe_all(&self) -> BoxFuture<'_, Result<BTreeMap<NodeRef, NodeObserved>, DriverError>>;

    /// A stream into a running node; logs also of one that is stopped.
    fn open(
        &self,
        node: NodeRef,
        kind: StreamKind,
    ) -> BoxFuture<'_, Result<NodeStream, DriverError>>;

    /// Events from now on; a receiver that lags behind observes everything anew.
    fn watch(&self) -> broadcast::Receiver<DriverEvent>;
}
