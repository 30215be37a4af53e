//! Who else may do what in a lab.

use model::access::Right;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::session::User;

/// A row of `GET /labs/{lab}/shares`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    pub user: User,
    pub right: Right,
    /// Unix milliseconds at which this right was given.
    pub since_ms: u64,
}

/// `GET /labs/{lab}/shares`: all of them, by name, for the owner and administrators; others see
/// their own. A lab has 200 at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Shares {
    pub items: Vec<Share>,
}

/// `PUT /labs/{lab}/shares/{user}`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetShare {
    pub right: Right,
}
