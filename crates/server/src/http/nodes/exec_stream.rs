//! `WS /labs/{lab}/nodes/{node}/exec/stream`.

use axum::extract::State;
use axum::response::Response;
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Upgrade};
use crate::relay;

/// A WebSocket: run a command in a node, interactive or long.
///
/// The first text frame is `ExecStart`; then binary frames carry input and output, text frames
/// `TerminalInput` and `TerminalEvent`. Without a terminal the first byte of each binary output
/// frame says 1 for standard output and 2 for standard error. The command ends with the socket.
#[utoipa::path(
    get,
    path = "/labs/{lab}/nodes/{node}/exec/stream",
    tag = "node inside",
    operation_id = "stream_exec_in_node",
    params(("lab" = LabId, Path), ("node" = NodeId, Path)),
    responses((status = 101, description = "The WebSocket is open")),
)]
pub async fn stream_exec_in_node(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    State(app): State<App>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response, Error> {
    let record = app.node_for(&caller, lab, node, Action::Operate).await?;
    let stay = app.stay(&caller, lab, Action::Operate).await?;
    Ok(upgrade.on_upgrade(move |socket| relay::run_exec(app, socket, record, node, stay)))
}
