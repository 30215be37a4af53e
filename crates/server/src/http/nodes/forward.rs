//! `WS /labs/{lab}/nodes/{node}/ports/{port}`.

use agent_api::Opening;
use axum::extract::State;
use axum::response::Response;
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Upgrade};
use crate::relay;

/// A WebSocket: one connection to a TCP port of a node, as from inside the node.
///
/// Binary frames are its bytes in both directions. The text frame `end_of_input` closes the client's
/// direction; `exit` says that the node closed it.
#[utoipa::path(
    get,
    path = "/labs/{lab}/nodes/{node}/ports/{port}",
    tag = "node inside",
    operation_id = "open_port",
    params(
        ("lab" = LabId, Path),
        ("node" = NodeId, Path),
        ("port" = u16, Path, description = "A TCP port that something in the node listens on"),
    ),
    responses(
        (status = 101, description = "The WebSocket is open"),
        (status = 422, description = "`port_closed`: nothing in the node answers there"),
    ),
)]
pub async fn open_port(
    caller: Caller,
    Path((lab, node, port)): Path<(LabId, NodeId, u16)>,
    State(app): State<App>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response, Error> {
    let record = app.node_for(&caller, lab, node, Action::Operate).await?;
    let opening = Opening::Port { lab, node, port };
    let stay = app.stay(&caller, lab, Action::Operate).await?;
    let stream = app.open_stream(&record, opening).await?;
    Ok(upgrade.on_upgrade(move |socket| relay::run_console(socket, stream, stay)))
}
