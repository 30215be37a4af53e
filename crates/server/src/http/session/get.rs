//! `GET /session`.

use api::session::Session;
use axum::Json;

use crate::auth::Caller;

/// Who is logged in.
#[utoipa::path(
    get,
    path = "/session",
    tag = "session",
    operation_id = "get_session",
    responses((status = 200, body = Session)),
)]
pub async fn get_session(caller: Caller) -> Json<Session> {
    Json(caller.session())
}
