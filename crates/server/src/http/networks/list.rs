//! `GET /labs/{lab}/networks`.

use api::lab::NetworkPage;
use api::page::Paging;
use axum::Json;
use axum::extract::State;
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query};

/// The networks of a lab, by number.
#[utoipa::path(
    get,
    path = "/labs/{lab}/networks",
    tag = "networks",
    operation_id = "list_networks",
    params(("lab" = LabId, Path), Paging),
    responses((status = 200, body = NetworkPage)),
)]
pub async fn list_networks(
    caller: Caller,
    Path(lab): Path<LabId>,
    Query(paging): Query<Paging>,
    State(app): State<App>,
) -> Result<Json<NetworkPage>, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    Ok(Json(app.list_networks(&record.lab, &paging)?))
}
