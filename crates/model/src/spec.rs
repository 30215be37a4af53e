//! What a host is asked for: one lab, resolved. Every decision is made; nothing is left to choose.
//!
//! The server makes a `LabSpec` from the lab file and the run wishes (`plan_spec`); the agent turns
//! it into kernel objects and processes. It names no path of a host and holds no kernel name: the
//! agent derives those from its own instance id.

mod docker;
pub(crate) mod frr;
mod netns;
mod pending;
mod resolve;
mod wish;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::id::{IfaceIndex, LabId, LinkId, NetworkId, NodeId};
use crate::lab::{Address, Bind, End, Gateway, LinkState, Mac, RestartPolicy};

pub use docker::DockerSpec;
pub use netns::host_asks;
pub use resolve::plan_spec;
pub use wish::{RunWishes, Wish};

/// The MTU of every device of ours: jumbo frames pass, and no one has to think of it.
pub const MTU: u32 = 9500;

/// One lab as a host shall have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabSpec {
    pub lab: LabId,
    /// Shown in logs; carries no meaning.
    pub name: String,
    pub hidden_bridge: HiddenBridge,
    pub nodes: BTreeMap<NodeId, NodeSpec>,
    pub networks: BTreeMap<NetworkId, NetworkSpec>,
    pub links: BTreeMap<LinkId, LinkSpec>,
}

/// Whether the hidden network behind a link of two interfaces has its bridge at all times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HiddenBridge {
    /// The contract lane: `bridge link show master` tells the truth.
    Always,
    /// The embedded lane: only for a third end, or when a person asks.
    #[default]
    OnDemand,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeSpec {
    pub name: String,
    pub run: RunWish,
    /// How often the node's data was wiped; a stopped node with older data loses it.
    pub wipe: u64,
    pub interfaces: BTreeMap<IfaceIndex, InterfaceSpec>,
    pub driver: DriverSpec,
}

impl DriverSpec {
    /// The kind's word, as the agent's capabilities have it.
    pub fn kind(&self) -> &str {
        match self {
            Self::Netns(_) => "netns",
            Self::Docker(_) => "docker",
            Self::CannotRun { kind } => kind,
        }
    }

    /// Default gateways and static routes of a node that can run.
    pub fn routing(&self) -> Option<(&[IpAddr], &[RouteSpec])> {
        match self {
            Self::Netns(netns) => Some((&netns.gateways, &netns.routes)),
            Self::Docker(docker) => Some((&docker.gateways, &docker.routes)),
            Self::CannotRun { .. } => None,
        }
    }

    /// What it asks of the host.
    pub fn asks(&self) -> Option<&HostAsks> {
        match self {
            Self::Netns(netns) => Some(&netns.host),
            Self::Docker(docker) => Some(&docker.host),
            Self::CannotRun { .. } => None,
        }
    }
}

/// Whether the node shall run, and since which wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunWish {
    Off,
    /// A higher `start` than the running node's is a restart.
    On {
        start: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterfaceSpec {
    pub name: String,
    pub mac: Mac,
    pub mtu: u32,
    pub addresses: Vec<Address>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every node is of the large kind"
)]
pub enum DriverSpec {
    Netns(NetnsSpec),
    Docker(Box<DockerSpec>),
    /// Nothing on this host can run it; the word is its own tool's.
    CannotRun {
        kind: String,
    },
}

/// What of the host a node asks for. The agent refuses what `agent.toml` does not name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HostAsks {
    pub binds: Vec<Bind>,
    /// Devices of the host that appear in the node's `/dev`: `/dev/kvm`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub devices: BTreeSet<String>,
    /// Beyond those that its kind has, without `CAP_`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<String>,
    /// Of a container: `seccomp=unconfined`.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub security_options: BTreeSet<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub privileged: bool,
}

/// A `netns` node: everything its supervisor needs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetnsSpec {
    pub hostname: String,
    pub gateways: Vec<IpAddr>,
    pub routes: Vec<RouteSpec>,
    /// `net.*` keys written in the node's namespace before a process starts: `net.ipv4.ip_forward` → `1`.
    pub sysctls: BTreeMap<String, String>,
    pub env: BTreeMap<String, String>,
    /// Directories that must be there before the first process: absolute path → owner and mode.
    #[serde(default)]
    pub dirs: BTreeMap<String, DirSpec>,
    /// Absolute path inside the node → file, put in place before the first process.
    pub files: BTreeMap<String, FileSpec>,
    #[serde(default)]
    pub host: HostAsks,
    /// Started in this order; each waits until the one before it is ready.
    pub processes: Vec<ProcessSpec>,
    /// Text consoles by name; each is an own shell on a PTY that starts when it is first opened, and again when it ends.
    pub consoles: BTreeMap<String, ConsoleSpec>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteSpec {
    pub to: IpNet,
    pub via: IpAddr,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirSpec {
    /// Permission bits.
    pub mode: u32,
    /// User and group inside the node, by name; an unknown name means root.
    pub owner: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    pub content: String,
    /// Permission bits.
    pub mode: u32,
    /// Owner inside the node, by name; an unknown name means root.
    pub owner: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessSpec {
    pub name: String,
    pub argv: Vec<String>,
    pub kind: ProcessKind,
    /// Skip without a word when the program is not on this host (FRR's `mgmtd` exists since 10).
    pub optional: bool,
    pub ready: ReadyWhen,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessKind {
    /// Runs as long as the node.
    Service { restart: RestartPolicy },
    /// Runs once; a failure makes the node degraded, with the last line it wrote.
    Once,
}

/// When the next process of the list may start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadyWhen {
    /// As soon as it is started (a service), or ended (a `Once`).
    Started,
    /// When this path exists inside the node, 20 s at most.
    PathExists(String),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsoleSpec {
    pub argv: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    pub name: String,
    /// An interface of the host that is a port of this network's bridge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uplink: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkSpec {
    pub a: End,
    pub b: End,
    /// The hidden network's number; absent when an end is a shared network.
    pub network: Option<NetworkId>,
    pub state: LinkState,
}
