//! `DELETE /labs/{lab}/networks/{network}`.

use api::lab::Edited;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::access::Action;
use model::edit::Edit;
use model::{LabId, NetworkId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Path};
use crate::http::edits::edited;

/// Remove a network and every link at it.
#[utoipa::path(
    delete,
    path = "/labs/{lab}/networks/{network}",
    tag = "networks",
    operation_id = "delete_network",
    params(("lab" = LabId, Path), ("network" = NetworkId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Edited, headers(("etag" = String)))),
)]
pub async fn delete_network(
    caller: Caller,
    Path((lab, id)): Path<(LabId, NetworkId)>,
    State(app): State<App>,
    if_match: IfMatch,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    app.network_of(&record.lab, id)?;
    let edit = Edit::RemoveNetwork { id };
    let outcome = app.edit_lab(&caller, lab, if_match, edit).await?;
    Ok(edited(StatusCode::OK, outcome))
}
