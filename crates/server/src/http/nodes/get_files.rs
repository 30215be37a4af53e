//! `GET /labs/{lab}/nodes/{node}/files`.

use agent_api::Opening;
use api::node::FilePath;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query};
use crate::relay;

/// A file or folder of a node as a tar stream; entries are named from the last part of the path.
#[utoipa::path(
    get,
    path = "/labs/{lab}/nodes/{node}/files",
    tag = "node inside",
    operation_id = "get_files",
    params(("lab" = LabId, Path), ("node" = NodeId, Path), FilePath),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/x-tar"),
        (status = 422, description = "`file_failed`: it could not be read, with the reason"),
    ),
)]
pub async fn get_files(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    Query(FilePath { path }): Query<FilePath>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.node_for(&caller, lab, node, Action::Operate).await?;
    let opening = Opening::GetFile { lab, node, path };
    let stay = app.stay(&caller, lab, Action::Operate).await?;
    let stream = app.open_stream(&record, opening).await?;
    let body = relay::download(stream, stay).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-tar"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"files.tar\"",
        ),
    ];
    Ok((headers, body).into_response())
}
