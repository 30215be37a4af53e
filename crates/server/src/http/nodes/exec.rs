//! `POST /labs/{lab}/nodes/{node}/exec`.

use agent_api::Opening;
use api::node::{Exec, ExecResult};
use axum::extract::State;
use model::access::Action;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Json, Path};
use crate::relay::{collect, wrong_argv};

/// Run a command in a node to its end: 60 s at most, 1 MiB of each kind of output.
#[utoipa::path(
    post,
    path = "/labs/{lab}/nodes/{node}/exec",
    tag = "node inside",
    operation_id = "exec_in_node",
    params(("lab" = LabId, Path), ("node" = NodeId, Path)),
    request_body = Exec,
    responses(
        (status = 200, body = ExecResult, description = "It ran, or could not be run: 127 no such program, 126 not executable"),
        (status = 422, description = "`not_running`, `exec_timeout`"),
    ),
)]
pub async fn exec_in_node(
    caller: Caller,
    Path((lab, node)): Path<(LabId, NodeId)>,
    State(app): State<App>,
    Json(body): Json<Exec>,
) -> Result<axum::Json<ExecResult>, Error> {
    let record = app.node_for(&caller, lab, node, Action::Operate).await?;
    if let Some(why) = wrong_argv(&body.argv) {
        return Err(Error::BadRequest {
            code: "empty_argv",
            what: format!("{why}."),
        });
    }
    let opening = Opening::Exec {
        lab,
        node,
        argv: body.argv,
        env: body.env,
        tty: None,
    };
    let stay = app.stay(&caller, lab, Action::Operate).await?;
    let stream = app.open_stream(&record, opening).await?;
    let result = tokio::select! {
        result = collect(stream, body.stdin.into()) => result?,
        () = stay.ended() => return Err(stay.refusal()),
    };
    Ok(axum::Json(result))
}
