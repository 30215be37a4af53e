//! `GET /labs/{lab}/links`.

use api::lab::LinkPage;
use api::page::Paging;
use axum::Json;
use axum::extract::State;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query};

/// The links of a lab, by number.
#[utoipa::path(
    get,
    path = "/labs/{lab}/links",
    tag = "links",
    operation_id = "list_links",
    params(("lab" = LabId, Path), Paging),
    responses((status = 200, body = LinkPage)),
)]
pub async fn list_links(
    caller: Caller,
    Path(lab): Path<LabId>,
    Query(paging): Query<Paging>,
    State(app): State<App>,
) -> Result<Json<LinkPage>, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    Ok(Json(app.list_links(&record.lab, &paging)?))
}
