//! How things stand, in the words a person reads: the same in agent, server, CLI and browser.

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::drift::Drift;
use crate::id::{Generation, IfaceIndex, LinkId, NetworkId, NodeId};

/// A lab on a host.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct LabStatus {
    /// The generation of the spec this status answers; older than the wish: not applied yet.
    pub generation: Generation,
    pub nodes: BTreeMap<NodeId, NodeStatus>,
    pub links: BTreeMap<LinkId, LinkStatus>,
    /// Networks that the host is on, or is to be.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub networks: BTreeMap<NetworkId, NetworkStatus>,
    /// What the last pass could not do for the lab as a whole, as sentences.
    #[serde(default)]
    pub problems: Vec<String>,
    /// Where lab and host differ; each as long as it lasts.
    #[serde(default)]
    pub drifts: Vec<Drift>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NodeStatus {
    pub state: NodeState,
    /// Unix milliseconds at which the state was entered.
    pub since_ms: u64,
    /// The wish (`RunWish::On.start`) it runs for; 0 while it does not run.
    #[serde(default)]
    pub start: u64,
    /// The wish (`NodeSpec.wipe`) its data was made under; 0 where there is none.
    #[serde(default)]
    pub wipe: u64,
    /// Changes of the lab that a running node cannot take: `interfaces`, `files`, …; pending until restart.
    #[serde(default)]
    pub pending: Vec<String>,
    /// Names of the consoles that can be opened now.
    #[serde(default)]
    pub consoles: Vec<String>,
    /// Processes of the node, as its supervisor sees them.
    #[serde(default)]
    pub processes: Vec<ProcessStatus>,
    #[serde(default)]
    pub usage: Usage,
}

/// `stopped · waiting(for what) · starting(step) · running · degraded(why) · stopping · failed(why)`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NodeState {
    Stopped,
    Waiting {
        for_what: String,
    },
    Starting {
        step: String,
    },
    /// `booted`: every process of its list has been started and is ready.
    Running {
        booted: bool,
    },
    Degraded {
        why: String,
    },
    Stopping,
    Failed {
        why: String,
    },
}

impl NodeState {
    /// The state's word alone.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Waiting { .. } => "waiting",
            Self::Starting { .. } => "starting",
            Self::Running { .. } => "running",
            Self::Degraded { .. } => "degraded",
            Self::Stopping => "stopping",
            Self::Failed { .. } => "failed",
        }
    }

    /// The reason, the step or what is waited for; empty when the word says all.
    pub fn detail(&self) -> &str {
        match self {
            Self::Waiting { for_what } => for_what,
            Self::Starting { step } => step,
            Self::Degraded { why } | Self::Failed { why } => why,
            Self::Running { booted: false } => "booting",
            Self::Stopped | Self::Running { booted: true } | Self::Stopping => "",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct ProcessStatus {
    pub name: String,
    pub running: bool,
    /// Inside the node's pid namespace; 0 while it does not run.
    pub pid: u32,
    /// How often it was started again.
    pub restarts: u32,
    /// How it ended last: `exit status 1`, `signal 9`; empty: it never ended.
    #[serde(default)]
    pub last_end: String,
}

/// What a node uses now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Usage {
    /// Per cent of one core.
    pub cpu_percent: f32,
    pub rss_bytes: u64,
}

/// The layers of a link that the host can tell. (*declared* is the lab file; *heard* comes later.)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct LinkStatus {
    pub plumbed: Plumbed,
    /// Why it is `no`, or what is in the way; empty otherwise.
    #[serde(default)]
    pub why: String,
    pub a: EndStatus,
    pub b: EndStatus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Plumbed {
    /// Both ends are there, in the right place.
    Yes,
    /// An end that should be there is missing or in the wrong place.
    No,
    /// A node of it does not run, so nothing is expected.
    Idle,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct EndStatus {
    /// The device exists (always true for a network's end whose bridge exists).
    pub present: bool,
    pub carrier: bool,
    /// Bytes and packets since the device was made, as the node sees them; 0 for a network's end.
    #[serde(default)]
    pub rx_bytes: u64,
    #[serde(default)]
    pub tx_bytes: u64,
}

/// The host on a network of the lab.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct NetworkStatus {
    /// The host's own address there with the network's size: `10.222.0.1/24`. Absent: it has none.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>))]
    pub ipv4: Option<IpNet>,
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>))]
    pub ipv6: Option<IpNet>,
    /// Why the host is not there, or what it does not serve; empty: all is as drawn.
    #[serde(default)]
    pub why: String,
}

/// Which interface of a node a status speaks of; shown as `node 3 interface 1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Port {
    pub node: NodeId,
    pub interface: IfaceIndex,
}
