//! `GET /labs/{lab}/networks/{network}`.

use api::lab::NetworkItem;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::access::Action;
use model::{LabId, NetworkId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, etag};

/// One network. The `ETag` is the lab's revision.
#[utoipa::path(
    get,
    path = "/labs/{lab}/networks/{network}",
    tag = "networks",
    operation_id = "get_network",
    params(("lab" = LabId, Path), ("network" = NetworkId, Path)),
    responses((status = 200, body = NetworkItem, headers(("etag" = String)))),
)]
pub async fn get_network(
    caller: Caller,
    Path((lab, id)): Path<(LabId, NetworkId)>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    let item = app.network_of(&record.lab, id)?;
    let tag = etag(record.lab.revision);
    Ok(([(header::ETAG, tag)], axum::Json(item)).into_response())
}
