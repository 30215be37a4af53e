//! `PUT /labs/{lab}/links/{link}`.

use api::lab::{Edited, ReplaceLink};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::access::Action;
use model::{LabId, LinkId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Json, Path};
use crate::http::edits::edited;
use crate::labs::replace_link_edit;

/// Give a link other ends; its number and state are kept.
#[utoipa::path(
    put,
    path = "/labs/{lab}/links/{link}",
    tag = "links",
    operation_id = "replace_link",
    params(("lab" = LabId, Path), ("link" = LinkId, Path), ("If-Match" = String, Header)),
    request_body = ReplaceLink,
    responses((status = 200, body = Edited, headers(("etag" = String)))),
)]
pub async fn replace_link(
    caller: Caller,
    Path((lab, id)): Path<(LabId, LinkId)>,
    State(app): State<App>,
    if_match: IfMatch,
    Json(body): Json<ReplaceLink>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    let edit = replace_link_edit(&record.lab, id, &body)?;
    let outcome = app.edit_lab(&caller, lab, if_match, edit).await?;
    Ok(edited(StatusCode::OK, outcome))
}
