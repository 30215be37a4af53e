//! `POST /labs/{lab}/nodes/{node}/restart`.

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

/// Stop and start a node; changes that waited for it are taken.
#[utoipa::path(
    post,
    path = "/labs/{lab}/nodes/{node}/restart",
    tag = "acts",
    operation_id = "restart_node",
    params(("lab" = LabId, Path), ("node" = NodeId, Path)),
    responses(
        (status = 202, body = Job, headers(("location" = String))),
    ),
)]
pub async fn restart_node(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Operate).await?;
    let job = app
        .act(&caller, &record.lab, Some(vec![node]), JobAct::Restart)
        .await?;
    Ok(accepted(job))
}
