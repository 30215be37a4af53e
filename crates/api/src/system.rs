//! Health, templates, the host.

use std::collections::BTreeMap;

use model::template::Template;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::lab::Thumbnail;

/// `GET /api/health`, for strangers: no version. 200 unless the database is down (503).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Health {
    /// `ok`, `degraded` (the agent is down) or `down` (the database is).
    pub status: String,
    pub database: String,
    /// `ok`, also when it is followed by a word on what could be better; else what is wrong.
    pub agent: String,
}

/// `GET /templates`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Templates {
    pub items: Vec<Template>,
}

/// `GET /system`, for who is logged in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct System {
    pub version: String,
    pub instance: String,
    pub agent_reachable: bool,
    /// Why the agent is not reachable or refuses this server, or that it is older, with what to do; else
    /// empty.
    pub agent: String,
    /// What agent and server speak; absent while it is not reachable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_protocol: Option<u32>,
    pub rootless: bool,
    /// What everybody should know about this run of the server: that labs stay stopped after a
    /// reboot; else empty.
    #[serde(default)]
    pub notice: String,
    /// Consoles open in Guacamole, too: `POST …/consoles/{name}/guacamole`.
    #[serde(default)]
    pub guacamole: bool,
    /// Node kind → why it cannot run here, or empty.
    pub kinds: BTreeMap<String, String>,
}

/// A lab that comes with the program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    /// The word for `POST /samples/{name}`: `ospf-triangle`.
    pub name: String,
    /// The lab's own name: `OSPF triangle`.
    pub title: String,
    /// What it teaches.
    pub description: String,
    pub node_count: u32,
    pub link_count: u32,
    pub thumbnail: Thumbnail,
}

/// `GET /samples`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Samples {
    pub items: Vec<Sample>,
}
