//! `POST /labs/{lab}/nodes/{node}/start`.

use api::job::{Job, JobAct};
use axum::extract::State;
use axum::response::Response;
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;
use crate::http::acts::accepted;

/// Start a node.
#[utoipa::path(
    post,
    path = "/labs/{lab}/nodes/{node}/start",
    tag = "acts",
    operation_id = "start_node",
    params(("lab" = LabId, Path), ("node" = NodeId, Path)),
    responses(
        (status = 202, body = Job, headers(("location" = String))),
    ),
)]
pub async fn start_node(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Operate).await?;
    let job = app
        .act(&caller, &record.lab, Some(vec![node]), JobAct::Start)
        .await?;
    Ok(accepted(job))
}
