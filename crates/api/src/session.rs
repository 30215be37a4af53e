//! Log-in. `POST /session` sets the cookie, `GET /session` says who is logged in, `DELETE /session` ends it.

use model::access::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogIn {
    pub username: String,
    pub password: String,
}

/// Without the password, so that no log ever has it.
impl std::fmt::Debug for LogIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogIn")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    pub user: User,
    /// Unix milliseconds at which the session or the token ends at the latest.
    pub expires_ms: u64,
    /// The token's name, when the request came with one instead of a session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A row of `GET /sessions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OpenSession {
    pub id: Uuid,
    /// The session that asks.
    pub current: bool,
    /// The client's address at log-in.
    pub address: String,
    /// What the client said it is, at log-in; the first 200 characters.
    pub user_agent: String,
    /// Unix milliseconds, like every time here.
    pub created_ms: u64,
    /// To the minute.
    pub last_seen_ms: u64,
    pub expires_ms: u64,
}

/// `GET /sessions`: one's own, used last first. A user has 100 at most; the one that was not used
/// for longest ends when there would be more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sessions {
    pub items: Vec<OpenSession>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct User {
    pub id: String,
    pub username: String,
    pub role: Role,
}
