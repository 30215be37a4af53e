//! Configurations of nodes: the one that a node starts with, and the one that it runs with.

use model::Revision;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /labs/{lab}/nodes/{node}/config`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NodeConfig {
    /// The file in the node that it starts with: `/etc/frr/frr.conf`.
    pub file: String,
    /// As the lab has it; absent: the lab has none, the node starts as its image or template does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub startup: Option<String>,
    /// What the node answers now.
    pub running: String,
    /// From the first to the second, as a unified diff; empty: they are equal.
    pub diff: String,
}

/// The answer to `POST /labs/{lab}/nodes/{node}/config/save`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedConfig {
    /// The file that the node starts with from now on.
    pub file: String,
    /// Whether the lab had another before.
    pub changed: bool,
    /// Of the lab that has it.
    pub revision: Revision,
    /// What changed, as a unified diff.
    pub diff: String,
}
