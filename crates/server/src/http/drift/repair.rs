//! `POST /labs/{lab}/drift/repair`.

use api::drift::{RepairBegun, RepairDrift};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{OptionalJson, Path};

/// Plumb what is declared: lost and moved links come back, and what of the lab is where it does not
/// belong is taken away. Devices that are none of the lab's are never touched. Without a list: all.
#[utoipa::path(
    post,
    path = "/labs/{lab}/drift/repair",
    tag = "drift",
    operation_id = "repair_drift",
    params(("lab" = LabId, Path)),
    request_body = Option<RepairDrift>,
    responses((status = 202, body = RepairBegun)),
)]
pub async fn repair_drift(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
    OptionalJson(which): OptionalJson<RepairDrift>,
) -> Result<(StatusCode, Json<RepairBegun>), Error> {
    let record = app.lab_for(&caller, lab, Action::Operate).await?;
    let begun = app.repair_drift(&caller, &record.lab, which.only).await?;
    Ok((StatusCode::ACCEPTED, Json(begun)))
}
