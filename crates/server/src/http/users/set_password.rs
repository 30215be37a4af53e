//! `PUT /users/{user}/password`.

use api::user::SetPassword;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Json, Path};

/// Give a user another password: oneself, or anybody for administrators.
///
/// One's own needs the present one. Ends the user's sessions and tokens, also the session that asks,
/// and everything they opened: log in anew.
#[utoipa::path(
    put,
    path = "/users/{user}/password",
    tag = "users",
    operation_id = "set_password",
    params(("user" = String, Path, description = "The user's name, in any case")),
    request_body = SetPassword,
    responses(
        (status = 204),
        (status = 401, description = "`wrong_password`: `current_password` is not the present one"),
        (status = 403, description = "`forbidden`: somebody else, and not an administrator; `session_needed`: a token does not suffice"),
        (status = 422, description = "`invalid_password`"),
        (status = 429, description = "`too_many_attempts`, with `Retry-After`"),
    ),
)]
pub async fn set_password(
    caller: Caller,
    Path(user): Path<String>,
    State(app): State<App>,
    Json(body): Json<SetPassword>,
) -> Result<StatusCode, Error> {
    app.set_password(&caller, &user, body).await?;
    Ok(StatusCode::NO_CONTENT)
}
