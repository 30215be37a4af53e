//! `DELETE /users/{user}/sessions`.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// End every session of a user, and everything they opened. For administrators.
///
/// Tokens stay; another password ends those too.
#[utoipa::path(
    delete,
    path = "/users/{user}/sessions",
    tag = "users",
    operation_id = "end_user_sessions",
    params(("user" = String, Path, description = "The user's name, in any case")),
    responses(
        (status = 204),
        (status = 403, description = "`forbidden`: not an administrator; `session_needed`: a token does not suffice"),
    ),
)]
pub async fn end_user_sessions(
    caller: Caller,
    Path(user): Path<String>,
    State(app): State<App>,
) -> Result<StatusCode, Error> {
    app.end_sessions_of(&caller, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}
