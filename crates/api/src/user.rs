//! Users. `{user}` in a path is a user's name, without regard to case.

use model::access::Role;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::session::User;

/// A row of `GET /users`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UserDetail {
    #[serde(flatten)]
    pub user: User,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Labs that this user owns.
    pub lab_count: u32,
}

/// `GET /users`: a page, by name. For administrators.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UserPage {
    pub items: Vec<UserDetail>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// `POST /users`. For administrators.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    /// 1 to 64 letters, digits and `. _ - @ +`, beginning with a letter or digit.
    pub username: String,
    /// 8 to 256 characters.
    pub password: String,
    pub role: Role,
}

/// `PUT /users/{user}/role`. For administrators.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    pub role: Role,
}

/// `PUT /users/{user}/password`.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// 8 to 256 characters.
    pub password: String,
    /// Needed for one's own password; an administrator who changes another's leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<String>,
}

/// Query of `DELETE /users/{user}`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RemoveUser {
    /// Who owns the removed user's labs from then on; absent: the administrator who removes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labs_to: Option<String>,
}

/// Without the password, so that no log ever has it.
impl std::fmt::Debug for CreateUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreateUser")
            .field("username", &self.username)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// Without the passwords, so that no log ever has them.
impl std::fmt::Debug for SetPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SetPassword").finish_non_exhaustive()
    }
}
