//! Settings of a `docker` node: a container, as the Docker Engine API can make it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Bind, File, RestartPolicy, Route};
use crate::id::NodeId;

/// What is absent is the image's, or Docker's default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct DockerNode {
    /// `nova-ve/frr`, `quay.io/frrouting/frr:10.2.1`, or an id; empty: the template's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub image: String,
    #[serde(skip_serializing_if = "PullPolicy::is_default")]
    pub pull: PullPolicy,
    /// Empty: the node's name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    /// `1000`, `frr`, `1000:1000`; empty: the image's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<Vec<String>>,
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
    /// Files put in place in a new container, by absolute path inside the node; a wipe brings them back.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, File>,
    /// Folders in the node whose contents outlive its container; a wipe empties them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub volumes: BTreeSet<String>,
    /// Folders in memory: path in the node → mount options, as `size=64m`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tmpfs: BTreeMap<String, String>,
    /// `net.*` keys of the node's own network namespace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub sysctls: BTreeMap<String, String>,
    /// `nofile` → soft and hard limit.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ulimits: BTreeMap<String, Ulimit>,
    #[serde(skip_serializing_if = "Resources::is_default")]
    pub resources: Resources,
    #[serde(skip_serializing_if = "Dns::is_default")]
    pub dns: Dns,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub healthcheck: Option<Healthcheck>,
    /// Seconds between the wish and the start.
    #[serde(skip_serializing_if = "is_zero")]
    pub start_delay_s: u32,
    /// What other nodes must have reached before this one starts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<After>,
    /// What happens when its main process ends by itself. Docker's own restart policy is not used.
    #[serde(skip_serializing_if = "is_never")]
    #[cfg_attr(feature = "utoipa", schema(value_type = RestartPolicy))]
    pub restart: OnEnd,
    /// Commands run once in a started container, in order, by `sh -c`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exec: Vec<String>,
    /// Files and folders of the host inside the node; the host's administrator must allow each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub binds: Vec<Bind>,
    /// Devices of the host: `/dev/net/tun`; the host's administrator must allow each.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub devices: BTreeSet<String>,
    /// Beyond Docker's own, `NET_ADMIN` and `NET_RAW`; the host's administrator must allow each.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub capabilities: BTreeSet<String>,
    /// `seccomp=unconfined`; the host's administrator must allow each.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub security_options: BTreeSet<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub privileged: bool,
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}

/// When the image is asked of its registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PullPolicy {
    /// When this host has none of the name.
    #[default]
    Missing,
    /// Before each new container.
    Always,
    Never,
}

/// A container's main process is not started again unless asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OnEnd(pub RestartPolicy);

impl Default for OnEnd {
    fn default() -> Self {
        Self(RestartPolicy::Never)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Ulimit {
    /// -1: none.
    pub soft: i64,
    pub hard: i64,
}

/// What the node may use of the host; absent: as much as there is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Resources {
    /// Processors' time: `1.5`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpus: Option<f64>,
    /// Processors by number: `0-3,5`; empty: all.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cpu_set: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// The size of `/dev/shm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shm_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pids: Option<u32>,
}

/// The node's `resolv.conf`; nothing given: what its networks offer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Dns {
    #[cfg_attr(feature = "utoipa", schema(value_type = Vec<String>))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub servers: Vec<IpAddr>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub search: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
}

/// How Docker finds out whether the container is well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Healthcheck {
    /// `["CMD", "curl", "-f", "http://localhost/"]` or `["CMD-SHELL", "…"]`.
    pub test: Vec<String>,
    pub interval_s: u32,
    pub timeout_s: u32,
    pub start_period_s: u32,
    pub retries: u32,
}

/// Another node, and how far it must have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct After {
    pub node: NodeId,
    #[serde(default)]
    pub reached: Reached,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// Its main process was started.
    #[default]
    Started,
    /// Its commands (`exec`) have been run.
    Configured,
    /// Its health check says that it is well; without one: it was configured.
    Healthy,
    /// Its main process has ended.
    Ended,
}

impl PullPolicy {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Resources {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Dns {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_never(on_end: &OnEnd) -> bool {
    *on_end == OnEnd::default()
}
