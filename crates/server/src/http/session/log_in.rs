//! `POST /session`.

use api::session::{LogIn, Session};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::net::SocketAddr;

use crate::app::App;
use crate::auth::{ClientWords, client_address, require_same_origin_if_any, session_cookie};
use crate::error::Error;
use crate::extract::Json;

/// A stranger's body is small.
pub const LIMIT_BYTES: usize = 8 << 10;

/// Log in.
///
/// Sets the cookie `nova_session`. A program reads its value from `Set-Cookie` and sends it as
/// `Authorization: Bearer` from then on. Attempts are limited for each account and client address.
#[utoipa::path(
    post,
    path = "/session",
    tag = "session",
    operation_id = "create_session",
    request_body = LogIn,
    responses(
        (status = 201, body = Session, headers(("set-cookie" = String))),
        (status = 401, description = "`wrong_password`"),
        (status = 429, description = "`too_many_attempts`, with `Retry-After`"),
    ),
    security(()),
)]
pub async fn create_session(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<LogIn>,
) -> Result<Response, Error> {
    require_same_origin_if_any(&headers, peer.ip())?;
    let address = client_address(&headers, peer.ip());
    let user_agent = headers.get(header::USER_AGENT);
    let user_agent = user_agent.and_then(|value| value.to_str().ok());
    let client = ClientWords::new(address, user_agent.unwrap_or_default());
    let (secret, session) = app.log_in(&body, client).await?;
    let cookie = session_cookie(&secret, app.config.cookie_secure);
    let body = axum::Json(session);
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], body).into_response())
}
