//! `DELETE /labs/{lab}/links/{link}`.

use api::lab::Edited;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::access::Action;
use model::edit::Edit;
use model::{LabId, LinkId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Path};
use crate::http::edits::edited;

/// Remove a link.
#[utoipa::path(
    delete,
    path = "/labs/{lab}/links/{link}",
    tag = "links",
    operation_id = "delete_link",
    params(("lab" = LabId, Path), ("link" = LinkId, Path), ("If-Match" = String, Header)),
    responses((status = 200, body = Edited, headers(("etag" = String)))),
)]
pub async fn delete_link(
    caller: Caller,
    Path((lab, id)): Path<(LabId, LinkId)>,
    State(app): State<App>,
    if_match: IfMatch,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    app.link_of(&record.lab, id)?;
    let edit = Edit::RemoveLink { id };
    let outcome = app.edit_lab(&caller, lab, if_match, edit).await?;
    Ok(edited(StatusCode::OK, outcome))
}
