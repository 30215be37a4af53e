//! `POST /labs/{lab}/edits`.

use api::lab::{Edited, PostEdit};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::LabId;
use model::access::Action;

use super::edited;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Json, Path};

/// Change a lab.
///
/// The edit is applied as a whole or not at all; a refusal names everything that is wrong.
#[utoipa::path(
    post,
    path = "/labs/{lab}/edits",
    tag = "edits",
    operation_id = "create_edit",
    params(("lab" = LabId, Path), ("If-Match" = String, Header, description = "The lab's revision, `\"12\"`")),
    request_body = PostEdit,
    responses(
        (status = 201, body = Edited, headers(("etag" = String))),
        (status = 412, description = "`revision_conflict`, with the revision now"),
        (status = 422, description = "`invalid_lab`, with every problem"),
        (status = 428, description = "`precondition_required`"),
    ),
)]
pub async fn create_edit(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
    if_match: IfMatch,
    Json(body): Json<PostEdit>,
) -> Result<Response, Error> {
    app.lab_for(&caller, lab, Action::Edit).await?;
    let outcome = app.edit_lab(&caller, lab, if_match, body.edit).await?;
    Ok(edited(StatusCode::CREATED, outcome))
}
