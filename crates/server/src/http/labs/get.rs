//! `GET /labs/{lab}`.

use api::lab::LabDetail;
use axum::extract::State;
use axum::response::Response;
use model::LabId;
use model::access::Action;

use super::answer::detail;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// A lab with its status and what you may do in it.
#[utoipa::path(
    get,
    path = "/labs/{lab}",
    tag = "labs",
    operation_id = "get_lab",
    params(("lab" = LabId, Path)),
    responses((status = 200, body = LabDetail, headers(("etag" = String)))),
)]
pub async fn get_lab(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    detail(&app, &caller, record).await
}
