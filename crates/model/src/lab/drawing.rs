//! What is drawn beside the topology: text, shapes, notes, groups.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Position;

/// One drawing. `kind` is open (`text`, `note`, `rect`, `ellipse`, `line`, `group`, …): the canvas
/// decides what it can draw, and what it cannot is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Drawing {
    /// A number of its own in the lab.
    pub id: u32,
    pub kind: String,
    #[serde(default)]
    pub position: Position,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    #[serde(flatten)]
    #[cfg_attr(feature = "utoipa", schema(ignore))]
    pub extra: Map<String, Value>,
}
