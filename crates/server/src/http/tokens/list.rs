//! `GET /tokens`.

use api::token::Tokens;
use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

/// Your tokens that have not expired, by name.
#[utoipa::path(
    get,
    path = "/tokens",
    tag = "tokens",
    operation_id = "list_tokens",
    responses((status = 200, body = Tokens)),
)]
pub async fn list_tokens(caller: Caller, State(app): State<App>) -> Result<Json<Tokens>, Error> {
    Ok(Json(app.list_tokens(&caller).await?))
}
