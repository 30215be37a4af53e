//! `GET /labs/{lab}/drift`.

use api::drift::DriftList;
use axum::Json;
use axum::extract::State;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// Where the lab and its host differ: links that are lost, moved or not declared, each with the edit
/// that would take it over. The same as the events `lost_link`, `moved_link` and `discovered_link`
/// told and have not taken back.
#[utoipa::path(
    get,
    path = "/labs/{lab}/drift",
    tag = "drift",
    operation_id = "list_drift",
    params(("lab" = LabId, Path)),
    responses((status = 200, body = DriftList)),
)]
pub async fn list_drift(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Json<DriftList>, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    Ok(Json(app.drift_of(&record.lab)))
}
