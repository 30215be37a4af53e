//! `DELETE /labs/{lab}`.

use axum::extract::State;
use axum::http::StatusCode;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// Remove a lab: its nodes are stopped, their data goes, its file is moved to the trash folder.
#[utoipa::path(
    delete,
    path = "/labs/{lab}",
    tag = "labs",
    operation_id = "delete_lab",
    params(("lab" = LabId, Path)),
    responses((status = 204)),
)]
pub async fn delete_lab(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<StatusCode, Error> {
    app.lab_for(&caller, lab, Action::Own).await?;
    app.delete_lab(&caller, lab).await?;
    Ok(StatusCode::NO_CONTENT)
}
