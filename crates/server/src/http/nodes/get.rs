//! `GET /labs/{lab}/nodes/{node}`.

use api::lab::NodeItem;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, etag};

/// One node. The `ETag` is the lab's revision.
#[utoipa::path(
    get,
    path = "/labs/{lab}/nodes/{node}",
    tag = "nodes",
    operation_id = "get_node",
    params(("lab" = LabId, Path), ("node" = NodeId, Path)),
    responses((status = 200, body = NodeItem, headers(("etag" = String)))),
)]
pub async fn get_node(
    caller: Caller,
    Path((lab, id)): Path<(LabId, NodeId)>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    let item = app.node_of(&record.lab, id)?;
    let tag = etag(record.lab.revision);
    Ok(([(header::ETAG, tag)], axum::Json(item)).into_response())
}
