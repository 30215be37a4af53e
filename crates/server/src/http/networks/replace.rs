//! `PUT /labs/{lab}/networks/{network}`.

use api::lab::Edited;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::access::Action;
use model::edit::Edit;
use model::{LabId, Network, NetworkId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Json, Path};
use crate::http::edits::edited;

/// Replace a network; its links stay.
#[utoipa::path(
    put,
    path = "/labs/{lab}/networks/{network}",
    tag = "networks",
    operation_id = "replace_network",
    params(("lab" = LabId, Path), ("network" = NetworkId, Path), ("If-Match" = String, Header)),
    request_body = Network,
    responses((status = 200, body = Edited, headers(("etag" = String)))),
)]
pub async fn replace_network(
    caller: Caller,
    Path((lab, id)): Path<(LabId, NetworkId)>,
    State(app): State<App>,
    if_match: IfMatch,
    Json(body): Json<Network>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    app.network_of(&record.lab, id)?;
    let edit = Edit::SetNetwork { id, network: body };
    let outcome = app.edit_lab(&caller, lab, if_match, edit).await?;
    Ok(edited(StatusCode::OK, outcome))
}
