//! `PUT /users/{user}/role`.

use api::user::SetRole;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Json, Path};

/// Make a user an administrator, or a member. For administrators.
///
/// Ends the user's sessions and tokens, and everything they opened.
#[utoipa::path(
    put,
    path = "/users/{user}/role",
    tag = "users",
    operation_id = "set_role",
    params(("user" = String, Path, description = "The user's name, in any case")),
    request_body = SetRole,
    responses(
        (status = 204),
        (status = 403, description = "`forbidden`: not an administrator; `session_needed`: a token does not suffice"),
        (status = 409, description = "`last_administrator`"),
    ),
)]
pub async fn set_role(
    caller: Caller,
    Path(user): Path<String>,
    State(app): State<App>,
    Json(body): Json<SetRole>,
) -> Result<StatusCode, Error> {
    app.set_role(&caller, &user, body.role).await?;
    Ok(StatusCode::NO_CONTENT)
}
