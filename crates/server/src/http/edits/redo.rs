//! `POST /labs/{lab}/redo`.

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

/// Do again what you took back last.
///
/// Refused with `edit_in_the_way` when it no longer fits. A new edit of yours forgets what was taken back.
#[utoipa::path(
    post,
    path = "/labs/{lab}/redo",
    tag = "edits",
    operation_id = "redo_edit",
    params(("lab" = LabId, Path)),
    responses(
        (status = 200, body = Edited, headers(("etag" = String))),
        (status = 409, description = "`nothing_to_do` or `edit_in_the_way`"),
    ),
)]
pub async fn redo_edit(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Response, Error> {
    app.lab_for(&caller, lab, Action::Edit).await?;
    let outcome = app.redo_edit(&caller, lab).await?;
    Ok(edited(StatusCode::OK, outcome))
}
