//! `GET /labs/{lab}/edits`.

use api::lab::EditPage;
use api::page::Paging;
use axum::Json;
use axum::extract::State;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query};

/// What was changed, newest first.
#[utoipa::path(
    get,
    path = "/labs/{lab}/edits",
    tag = "edits",
    operation_id = "list_edits",
    params(("lab" = LabId, Path), Paging),
    responses((status = 200, body = EditPage)),
)]
pub async fn list_edits(
    caller: Caller,
    Path(lab): Path<LabId>,
    Query(paging): Query<Paging>,
    State(app): State<App>,
) -> Result<Json<EditPage>, Error> {
    app.lab_for(&caller, lab, Action::View).await?;
    Ok(Json(app.list_edits(lab, &paging).await?))
}
