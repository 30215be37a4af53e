//! `PUT /labs/{lab}/nodes/{node}/files`.

use agent_api::Opening;
use api::node::FilePath;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query};
use crate::relay;

/// Unpack a tar stream into an existing folder of a node.
#[utoipa::path(
    put,
    path = "/labs/{lab}/nodes/{node}/files",
    tag = "node inside",
    operation_id = "put_files",
    params(("lab" = LabId, Path), ("node" = NodeId, Path), FilePath),
    request_body(content = Vec<u8>, content_type = "application/x-tar"),
    responses(
        (status = 204),
        (status = 422, description = "`file_failed`: it could not be written, with the reason"),
    ),
)]
pub async fn put_files(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    Query(FilePath { path }): Query<FilePath>,
    State(app): State<App>,
    body: Body,
) -> Result<StatusCode, Error> {
    let record = app.node_for(&caller, lab, node, Action::Operate).await?;
    let opening = Opening::PutFile { lab, node, path };
    let stay = app.stay(&caller, lab, Action::Operate).await?;
    let stream = app.open_stream(&record, opening).await?;
    relay::upload(stream, body, stay, app.config.border.upload_silence).await?;
    Ok(StatusCode::NO_CONTENT)
}
