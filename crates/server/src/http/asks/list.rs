//! `GET /labs/{lab}/asks`.

use api::ask::Asks;
use axum::Json;
use axum::extract::State;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// What of its host the lab reaches for: binds, devices, capabilities, interfaces of the host; and
/// whether an administrator allowed it. Nodes that ask for more do not start.
#[utoipa::path(
    get,
    path = "/labs/{lab}/asks",
    tag = "labs",
    operation_id = "list_asks",
    params(("lab" = LabId, Path)),
    responses((status = 200, body = Asks)),
)]
pub async fn list_asks(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Json<Asks>, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    Ok(Json(app.list_asks(&record.lab).await?))
}
