//! `GET /labs/{lab}/status`.

use axum::Json;
use axum::extract::State;
use model::LabId;
use model::access::Action;
use model::status::LabStatus;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// How the lab's nodes and links stand, as the agent last said.
#[utoipa::path(
    get,
    path = "/labs/{lab}/status",
    tag = "labs",
    operation_id = "get_lab_status",
    params(("lab" = LabId, Path)),
    responses((status = 200, body = LabStatus)),
)]
pub async fn get_lab_status(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Json<LabStatus>, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    Ok(Json(app.statuses.of(&record.lab)))
}
