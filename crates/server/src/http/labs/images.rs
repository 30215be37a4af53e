//! `GET /labs/{lab}/images`.

use api::image::LabImages;
use axum::extract::State;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// The images that the lab's containers need, and which of them this host lacks.
#[utoipa::path(
    get,
    path = "/labs/{lab}/images",
    tag = "labs",
    operation_id = "list_lab_images",
    params(("lab" = LabId, Path)),
    responses((status = 200, body = LabImages)),
)]
pub async fn list_lab_images(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<axum::Json<LabImages>, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    Ok(axum::Json(app.list_lab_images(&record.lab).await?))
}
