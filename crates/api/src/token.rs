//! Bearer tokens for programs: named, expiring, shown once.
//!
//! A token does what its user may do, except that it makes, changes and ends no way in: no users,
//! passwords, sessions or tokens.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A row of `GET /tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Token {
    pub id: Uuid,
    pub name: String,
    /// Unix milliseconds, like every time here.
    pub created_ms: u64,
    pub expires_ms: u64,
    /// To the minute; absent: never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_ms: Option<u64>,
}

/// `GET /tokens`: one's own, by name. A user has 50 at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tokens {
    pub items: Vec<Token>,
}

/// `POST /tokens`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateToken {
    /// What it is for: 1 to 64 characters, another for each of one's tokens.
    pub name: String,
    /// 1 to 365; 30 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 365)]
    pub expires_in_days: Option<u32>,
}

/// What `POST /tokens` answers: the one time that the secret is shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedToken {
    pub token: Token,
    /// `nvt_…`; send it as `Authorization: Bearer`. The server keeps its SHA-256 alone.
    pub secret: String,
}

/// Without the secret, so that no log ever has it.
impl std::fmt::Debug for CreatedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
