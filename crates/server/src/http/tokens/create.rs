//! `POST /tokens`.

use api::token::{CreateToken, CreatedToken};
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Json;

/// Make a token. Its secret is in this answer and never again.
///
/// Send it as `Authorization: Bearer`. It may do what you may, except for users, passwords, sessions
/// and tokens; another password or role of yours ends it.
#[utoipa::path(
    post,
    path = "/tokens",
    tag = "tokens",
    operation_id = "create_token",
    request_body = CreateToken,
    responses(
        (status = 201, body = CreatedToken),
        (status = 403, description = "`session_needed`: a token makes no other"),
        (status = 409, description = "`token_name_taken`, `too_many_tokens`"),
        (status = 422, description = "`invalid_name`, `invalid_expiry`"),
    ),
)]
pub async fn create_token(
    caller: Caller,
    State(app): State<App>,
    Json(body): Json<CreateToken>,
) -> Result<(StatusCode, axum::Json<CreatedToken>), Error> {
    let made = app.create_token(&caller, body).await?;
    Ok((StatusCode::CREATED, axum::Json(made)))
}
