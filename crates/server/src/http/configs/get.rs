//! `GET /labs/{lab}/nodes/{node}/config`.

use api::config::NodeConfig;
use axum::Json;
use axum::extract::State;
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// The configuration that a node starts with, the one that it runs with, and how they differ.
#[utoipa::path(
    get,
    path = "/labs/{lab}/nodes/{node}/config",
    tag = "node inside",
    operation_id = "get_config",
    params(("lab" = LabId, Path), ("node" = NodeId, Path)),
    responses(
        (status = 200, body = NodeConfig),
        (status = 422, description = "`not_running`, `no_config`: nothing is known of how such a node tells its \
            configuration; `config_failed`: it did not tell it, with its words"),
    ),
)]
pub async fn get_config(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    State(app): State<App>,
) -> Result<Json<NodeConfig>, Error> {
    let record = app.node_for(&caller, lab, node, Action::Operate).await?;
    let stay = app.stay(&caller, lab, Action::Operate).await?;
    tokio::select! {
        config = app.node_config(&record, node) => Ok(Json(config?)),
        () = stay.ended() => Err(stay.refusal()),
    }
}
