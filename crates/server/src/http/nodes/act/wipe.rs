//! `POST /labs/{lab}/nodes/{node}/wipe`.

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

/// Remove the data of a stopped node, so that it starts afresh.
#[utoipa::path(
    post,
    path = "/labs/{lab}/nodes/{node}/wipe",
    tag = "acts",
    operation_id = "wipe_node",
    params(("lab" = LabId, Path), ("node" = NodeId, Path)),
    responses(
        (status = 202, body = Job, headers(("location" = String))),
        (status = 409, description = "`node_runs`: stop it first"),
    ),
)]
pub async fn wipe_node(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Operate).await?;
    let job = app
        .act(&caller, &record.lab, Some(vec![node]), JobAct::Wipe)
        .await?;
    Ok(accepted(job))
}
