//! `GET /labs/{lab}/shares`.

use api::share::Shares;
use axum::Json;
use axum::extract::State;
use model::LabId;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// With whom the lab is shared, by name. Who may not share it sees only what is shared with himself.
#[utoipa::path(
    get,
    path = "/labs/{lab}/shares",
    tag = "shares",
    operation_id = "list_shares",
    params(("lab" = LabId, Path)),
    responses((status = 200, body = Shares)),
)]
pub async fn list_shares(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Json<Shares>, Error> {
    Ok(Json(app.list_shares(&caller, lab).await?))
}
