//! `GET /labs/{lab}/nodes`.

use api::lab::NodePage;
use api::page::Paging;
use axum::Json;
use axum::extract::State;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query};

/// The nodes of a lab, by number.
#[utoipa::path(
    get,
    path = "/labs/{lab}/nodes",
    tag = "nodes",
    operation_id = "list_nodes",
    params(("lab" = LabId, Path), Paging),
    responses((status = 200, body = NodePage)),
)]
pub async fn list_nodes(
    caller: Caller,
    Path(lab): Path<LabId>,
    Query(paging): Query<Paging>,
    State(app): State<App>,
) -> Result<Json<NodePage>, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    Ok(Json(app.list_nodes(&record.lab, &paging)?))
}
