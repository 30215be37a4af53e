//! `POST /labs/{lab}/nodes/{node}/consoles/{console}/guacamole`.

use api::node::InGuacamole;
use axum::Json;
use axum::extract::State;
use model::{LabId, NodeId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// Open a console in Guacamole, where `guacamole` of `GET /system` says that there is one.
///
/// The answer is the address of a page on this server's own origin, good for one connection within a
/// minute. The console there ends with the session, or the right to the lab, as any other does.
#[utoipa::path(
    post,
    path = "/labs/{lab}/nodes/{node}/consoles/{console}/guacamole",
    tag = "node inside",
    operation_id = "open_in_guacamole",
    params(
        ("lab" = LabId, Path),
        ("node" = NodeId, Path),
        ("console" = String, Path, description = "One of the node status's `consoles`"),
    ),
    responses(
        (status = 200, body = InGuacamole),
        (status = 409, description = "`guacamole_off`"),
        (status = 422, description = "`not_running`, `unknown_console`"),
        (status = 429, description = "`too_many_in_guacamole`, `too_many_streams`"),
        (status = 503, description = "`guacamole_unreachable`"),
    ),
)]
pub async fn open_in_guacamole(
    caller: Caller,
    Path((lab, node, console)): Path<(LabId, NodeId, String)>,
    State(app): State<App>,
) -> Result<Json<InGuacamole>, Error> {
    let address = app.open_in_guacamole(&caller, lab, node, console).await?;
    Ok(Json(InGuacamole { address }))
}
