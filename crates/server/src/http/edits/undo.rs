//! `POST /labs/{lab}/undo`.

use api::lab::Edited;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::LabId;
use model::access::Action;

use super::edited;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// Take back your own last edit of this lab.
///
/// Refused with `edit_in_the_way` when it no longer fits, naming whose edit stands in the way.
#[utoipa::path(
    post,
    path = "/labs/{lab}/undo",
    tag = "edits",
    operation_id = "undo_edit",
    params(("lab" = LabId, Path)),
    responses(
        (status = 200, body = Edited, headers(("etag" = String))),
        (status = 409, description = "`nothing_to_do` or `edit_in_the_way`"),
    ),
)]
pub async fn undo_edit(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Response, Error> {
    app.lab_for(&caller, lab, Action::Edit).await?;
    let outcome = app.undo_edit(&caller, lab).await?;
    Ok(edited(StatusCode::OK, outcome))
}
