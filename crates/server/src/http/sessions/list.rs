//! `GET /sessions`.

use api::session::Sessions;
use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

/// Where you are logged in, used last first.
#[utoipa::path(
    get,
    path = "/sessions",
    tag = "session",
    operation_id = "list_sessions",
    responses((status = 200, body = Sessions)),
)]
pub async fn list_sessions(
    caller: Caller,
    State(app): State<App>,
) -> Result<Json<Sessions>, Error> {
    Ok(Json(app.list_sessions(&caller).await?))
}
