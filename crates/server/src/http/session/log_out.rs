//! `DELETE /session`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::{Caller, expired_cookie};
use crate::error::Error;

/// Log out. Ends the session and every WebSocket it opened.
#[utoipa::path(
    delete,
    path = "/session",
    tag = "session",
    operation_id = "delete_session",
    responses((status = 204)),
)]
pub async fn delete_session(State(app): State<App>, caller: Caller) -> Result<Response, Error> {
    app.log_out(&caller).await?;
    let cookie = expired_cookie(app.config.cookie_secure);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}
