//! The lab as a person draws it, and as its file holds it.
//!
//! Keys a newer version wrote are kept in `extra` and written back. Nodes and networks are objects
//! keyed by number; links are the array `links` (the contract's word), kept here by id.

mod docker;
mod drawing;
mod gateway;
mod links;
mod mac;
mod next;
mod node;
mod unique;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{IfaceIndex, LabId, LinkId, NetworkId, NodeId, Revision};

pub use docker::{
    After, Dns, DockerNode, Healthcheck, OnEnd, PullPolicy, Reached, Resources, Ulimit,
};
pub use drawing::Drawing;
pub use gateway::{Gateway, Subnet, SubnetError};
pub use mac::Mac;
pub use node::{
    Address, Bind, File, Interface, NetnsNode, Node, NodeKind, OtherNode, Process, RestartPolicy,
    Route,
};

/// The number of the lab file's format that this version writes and reads.
pub const SCHEMA: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Lab {
    pub schema: u32,
    pub id: LabId,
    #[serde(default)]
    pub revision: Revision,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    #[serde(default, deserialize_with = "unique::deserialize")]
    pub nodes: BTreeMap<NodeId, Node>,
    #[serde(default, deserialize_with = "unique::deserialize")]
    pub networks: BTreeMap<NetworkId, Network>,
    #[serde(default, with = "links")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Vec<Link>))]
    pub links: BTreeMap<LinkId, Link>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drawings: Vec<Drawing>,
    /// Keys this version does not know; kept and written back.
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}

impl Lab {
    /// An empty lab.
    pub fn new(id: LabId, name: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA,
            id,
            revision: Revision(0),
            name: name.into(),
            description: String::new(),
            nodes: BTreeMap::new(),
            networks: BTreeMap::new(),
            links: BTreeMap::new(),
            drawings: Vec::new(),
            extra: Map::new(),
        }
    }
}

/// Where a thing lies on the sheet: its top left corner, in canvas pixels at 100 %.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Position {
    pub x: f64,
    pub y: f64,
}

/// A shared network: one Linux bridge in the agent's namespace, drawn as a thing of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Network {
    pub name: String,
    #[serde(default)]
    pub position: Position,
    /// An interface of the host that joins this network; the host's administrator must allow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uplink: Option<String>,
    /// The host on this network, and what it serves there; absent: it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}

/// Our central noun: two ends that hear each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Link {
    pub id: LinkId,
    pub a: End,
    pub b: End,
    /// The number of the hidden network behind a link of two interfaces, in the space of `networks`;
    /// absent exactly when one end is a shared network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkId>,
    #[serde(default)]
    pub state: LinkState,
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}

impl Link {
    pub fn ends(&self) -> [End; 2] {
        [self.a, self.b]
    }
}

/// Whether a person cut the link.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    #[default]
    Up,
    Cut,
}

/// One end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum End {
    Interface { node: NodeId, interface: IfaceIndex },
    Network(NetworkId),
}

impl std::fmt::Display for End {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Interface { node, interface } => write!(f, "node {node} interface {interface}"),
            Self::Network(id) => write!(f, "network {id}"),
        }
    }
}
