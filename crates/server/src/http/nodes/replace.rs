//! `PUT /labs/{lab}/nodes/{node}`.

use api::lab::Edited;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::access::Action;
use model::edit::Edit;
use model::{LabId, Node, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Json, Path};
use crate::http::edits::edited;

/// Replace a node; its links stay.
#[utoipa::path(
    put,
    path = "/labs/{lab}/nodes/{node}",
    tag = "nodes",
    operation_id = "replace_node",
    params(("lab" = LabId, Path), ("node" = NodeId, Path), ("If-Match" = String, Header)),
    request_body = Node,
    responses((status = 200, body = Edited, headers(("etag" = String)))),
)]
pub async fn replace_node(
    caller: Caller,
    Path((lab, id)): Path<(LabId, NodeId)>,
    State(app): State<App>,
    if_match: IfMatch,
    Json(body): Json<Node>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    app.node_of(&record.lab, id)?;
    let edit = Edit::SetNode { id, node: body };
    let outcome = app.edit_lab(&caller, lab, if_match, edit).await?;
    Ok(edited(StatusCode::OK, outcome))
}
