//! `GET /labs/{lab}/nodes/{node}/logs`.

use agent_api::Opening;
use api::node::ReadLogs;
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

/// What a process of the node wrote, as text; with `follow` also what comes.
#[utoipa::path(
    get,
    path = "/labs/{lab}/nodes/{node}/logs",
    tag = "node inside",
    operation_id = "read_logs",
    params(("lab" = LabId, Path), ("node" = NodeId, Path), ReadLogs),
    responses((status = 200, body = String, content_type = "text/plain")),
)]
pub async fn read_logs(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    Query(query): Query<ReadLogs>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.node_for(&caller, lab, node, Action::Operate).await?;
    let opening = Opening::Logs {
        lab,
        node,
        process: query.process,
        follow: query.follow,
    };
    let stay = app.stay(&caller, lab, Action::Operate).await?;
    let stream = app.open_stream(&record, opening).await?;
    let body = relay::download(stream, stay).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"log.txt\""),
    ];
    Ok((headers, body).into_response())
}
