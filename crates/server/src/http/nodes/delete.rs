//! `DELETE /labs/{lab}/nodes/{node}`.

use api::lab::Edited;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::access::Action;
use model::edit::Edit;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Path};
use crate::http::edits::edited;

/// Remove a node and every link at it.
#[utoipa::path(
    delete,
    path = "/labs/{lab}/nodes/{node}",
    tag = "nodes",
    operation_id = "delete_node",
    params(("lab" = LabId, Path), ("node" = NodeId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Edited, headers(("etag" = String)))),
)]
pub async fn delete_node(
    caller: Caller,
    Path((lab, id)): Path<(LabId, NodeId)>,
    State(app): State<App>,
    if_match: IfMatch,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    app.node_of(&record.lab, id)?;
    let edit = Edit::RemoveNode { id };
    let outcome = app.edit_lab(&caller, lab, if_match, edit).await?;
    Ok(edited(StatusCode::OK, outcome))
}
