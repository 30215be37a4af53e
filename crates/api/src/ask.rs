//! What of its host a lab reaches for, and what of it an administrator allowed.

use model::reach::{Ask, Reach};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A row of `GET /labs/{lab}/asks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AskRow {
    /// What in the lab asks: `node r1`, `network lan`; empty: nothing does any more.
    pub who: String,
    pub reach: Reach,
    /// The path, the name; empty for `privileged`.
    pub what: String,
    /// The same for a person: `the capability "SYS_ADMIN"`.
    pub words: String,
    /// Whether an administrator allowed it; the host's own administrator must as well, in `agent.toml`.
    pub allowed: bool,
}

/// `GET /labs/{lab}/asks`, and the answer to `PUT`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Asks {
    pub items: Vec<AskRow>,
}

/// `PUT /labs/{lab}/asks`: what the lab is allowed from now on, 1000 at most, and nothing else.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Allow {
    pub items: Vec<Ask>,
}
