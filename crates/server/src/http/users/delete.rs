//! `DELETE /users/{user}`.

use api::user::RemoveUser;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query};

/// Remove a user. For administrators.
///
/// The labs go on, with another owner; what runs goes on running. Ends the user's sessions and
/// tokens, and everything they opened. The name stays in the history of labs and is free again.
#[utoipa::path(
    delete,
    path = "/users/{user}",
    tag = "users",
    operation_id = "delete_user",
    params(("user" = String, Path, description = "The user's name, in any case"), RemoveUser),
    responses(
        (status = 204),
        (status = 403, description = "`forbidden`: not an administrator; `session_needed`: a token does not suffice"),
        (status = 409, description = "`last_administrator`"),
        (status = 422, description = "`labs_to_needed`: who removes himself says who gets his labs"),
    ),
)]
pub async fn delete_user(
    caller: Caller,
    Path(user): Path<String>,
    Query(query): Query<RemoveUser>,
    State(app): State<App>,
) -> Result<StatusCode, Error> {
    app.delete_user(&caller, &user, query.labs_to.as_deref())
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
