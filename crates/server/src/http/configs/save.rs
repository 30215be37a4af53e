//! `POST /labs/{lab}/nodes/{node}/config/save`.

use api::config::SavedConfig;
use axum::Json;
use axum::extract::State;
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// Make the configuration that a node runs with the one that it starts with: an edit of the lab.
#[utoipa::path(
    post,
    path = "/labs/{lab}/nodes/{node}/config/save",
    tag = "node inside",
    operation_id = "save_config",
    params(("lab" = LabId, Path), ("node" = NodeId, Path)),
    responses(
        (status = 200, body = SavedConfig),
        (status = 422, description = "`not_running`, `no_config`, `config_failed`; `invalid_lab`: the lab cannot hold it"),
    ),
)]
pub async fn save_config(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    State(app): State<App>,
) -> Result<Json<SavedConfig>, Error> {
    let record = app.node_for(&caller, lab, node, Action::Edit).await?;
    let stay = app.stay(&caller, lab, Action::Edit).await?;
    tokio::select! {
        saved = app.save_config(&caller, record, node) => Ok(Json(saved?)),
        () = stay.ended() => Err(stay.refusal()),
    }
}
