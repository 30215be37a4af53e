//! `WS /labs/{lab}/nodes/{node}/consoles/{console}`.

use agent_api::Opening;
use agent_api::stream::WindowSize;
use api::node::OpenConsole;
use axum::extract::State;
use axum::response::Response;
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query, Upgrade};
use crate::relay;

/// A WebSocket: a node's text console.
///
/// Binary frames are its bytes in both directions; text frames are `TerminalInput` and
/// `TerminalEvent`. The first text frame is `replay` with the offset of the first byte that
/// follows; connect again with `from` to miss nothing. The console goes on without the socket.
#[utoipa::path(
    get,
    path = "/labs/{lab}/nodes/{node}/consoles/{console}",
    tag = "node inside",
    operation_id = "open_console",
    params(
        ("lab" = LabId, Path),
        ("node" = NodeId, Path),
        ("console" = String, Path, description = "One of the node status's `consoles`"),
        OpenConsole,
    ),
    responses((status = 101, description = "The WebSocket is open")),
)]
pub async fn open_console(
    caller: Caller,
    Path((lab, node, console)): Path<(LabId, NodeId, String)>,
    Query(query): Query<OpenConsole>,
    State(app): State<App>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response, Error> {
    let record = app.node_for(&caller, lab, node, Action::Operate).await?;
    let opening = Opening::Console {
        lab,
        node,
        console,
        size: WindowSize {
            columns: query.columns.unwrap_or(80),
            rows: query.rows.unwrap_or(24),
        },
        from_offset: query.from.unwrap_or(0),
    };
    let stay = app.stay(&caller, lab, Action::Operate).await?;
    let stream = app.open_stream(&record, opening).await?;
    Ok(upgrade.on_upgrade(move |socket| relay::run_console(socket, stream, stay)))
}
