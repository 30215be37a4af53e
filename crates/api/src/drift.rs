//! Where a lab and its host differ, and what can be done about it.

use model::drift::Drift;
use model::edit::Edit;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /labs/{lab}/drift`: all of it, as the agent last said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DriftList {
    pub items: Vec<DriftItem>,
    /// Seconds from one look that trusts no event to the next: what is here now is known by then.
    pub cadence_s: u16,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DriftItem {
    pub drift: Drift,
    /// Whether `repair` mends it; what is none of the lab's own is never touched.
    pub can_repair: bool,
    /// The edit that takes over into the lab what is there; for `POST /labs/{lab}/edits`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adopt: Option<Edit>,
    /// Why there is no such edit, and what to do instead; empty where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why_not: String,
}

/// `POST /labs/{lab}/drift/repair`: which, by `id`; absent means all that can be mended.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepairDrift {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<Vec<String>>,
}

/// What the agent was asked to mend; each is told by an event with `gone` when it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RepairBegun {
    pub ids: Vec<String>,
}
