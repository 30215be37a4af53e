//! A node: what is the same for every kind, and what is its kind's own.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{DockerNode, Mac, Position};
use crate::id::IfaceIndex;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Node {
    /// Unique in the lab without regard to case; the host name inside unless `hostname` says otherwise.
    pub name: String,
    /// The template this node was made from: `host`, `frr`, ….
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub template: String,
    /// The icon's name in the sprite, without `i-`; empty means the template's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub icon: String,
    #[serde(default)]
    pub position: Position,
    #[serde(flatten)]
    pub kind: NodeKind,
    #[serde(default, deserialize_with = "super::unique::deserialize")]
    pub interfaces: BTreeMap<IfaceIndex, Interface>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Keys this version does not know; kept and written back.
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}

/// `"kind": "netns"` with its settings beside it: `{"kind":"netns","settings":{…}}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(tag = "kind", content = "settings", rename_all = "snake_case")]
pub enum NodeKind {
    /// Processes in namespaces of their own over the host's `/usr`.
    Netns(NetnsNode),
    /// A container.
    Docker(Box<DockerNode>),
    /// A kind this host cannot run; every key is kept, the node is shown as *cannot run here*.
    Other(OtherNode),
}

impl NodeKind {
    pub fn word(&self) -> &'static str {
        match self {
            Self::Netns(_) => "netns",
            Self::Docker(_) => "docker",
            Self::Other(_) => "other",
        }
    }
}

/// Settings of a `netns` node.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct NetnsNode {
    /// Empty: the node's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    /// Default gateways, at most one for each address family.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Vec<String>))]
    pub gateways: Vec<IpAddr>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<Route>,
    /// Whether the node forwards packets between its interfaces; absent: the template's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_forward: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Files put in place before the first process starts, by absolute path inside the node.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, File>,
    /// Files and folders of the host inside the node; the host's administrator must allow each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<Bind>,
    /// Processes of the node besides what its template starts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<Process>,
    /// Commands run once, in order, by `sh -c`, after the processes are started.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<String>,
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}

/// All keys of a node that we cannot run, with the word its own tool calls it by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct OtherNode {
    /// `iol`, `dynamips`, `nokia_srlinux`, ….
    pub original: String,
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}

/// A text file given with the lab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct File {
    pub content: String,
    /// Permission bits, as an octal text like `"0640"`; absent: `0644`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
}

/// A file or folder of the host inside a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Bind {
    /// On the host; below a folder that its administrator names in `bind_roots` of `agent.toml`.
    pub source: String,
    /// In the node, below `/mnt`, `/media`, `/opt` or `/srv`.
    pub target: String,
    /// Whether the node may write there; absent: it may only read.
    #[serde(default, skip_serializing_if = "is_false")]
    pub write: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_false(value: &bool) -> bool {
    !value
}

/// A process of a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Process {
    /// Unique in the node; the name of its log.
    pub name: String,
    /// The program, by absolute path or found on the node's PATH, and its arguments.
    pub argv: Vec<String>,
    #[serde(default)]
    pub restart: RestartPolicy,
}

/// What the node's supervisor does when a process ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RestartPolicy {
    /// Start it again after a pause of 0.5 s, doubling to 30 s; 10 s of life start the pause anew.
    #[default]
    Always,
    /// The same, but only after a failure.
    OnFailure,
    Never,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Interface {
    /// The device's name inside the node: `eth0`; at most 15 bytes.
    pub name: String,
    /// Absent: derived from lab, node and interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mac: Option<Mac>,
    /// Addresses with prefix length: `10.0.0.1/24`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Address>,
    /// Bytes of a packet, 68 to 9500; absent: 9500.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}

/// An address with its prefix length: `10.0.0.1/24`, `2001:db8::1/64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "utoipa", schema(value_type = String))]
#[serde(transparent)]
pub struct Address(pub IpNet);

/// A static route of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Route {
    #[cfg_attr(feature = "utoipa", schema(value_type = String))]
    pub to: IpNet,
    #[cfg_attr(feature = "utoipa", schema(value_type = String))]
    pub via: IpAddr,
}
