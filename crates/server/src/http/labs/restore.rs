//! `POST /labs/{lab}/restore`.

use axum::extract::State;
use axum::response::Response;
use model::LabId;
use model::access::Action;

use super::answer::detail;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// Write the lab's file again.
///
/// For a file that was broken or removed by hand: the last good contents come back, a broken file
/// goes to the trash folder.
#[utoipa::path(
    post,
    path = "/labs/{lab}/restore",
    tag = "labs",
    operation_id = "restore_lab",
    params(("lab" = LabId, Path)),
    responses((status = 200, body = api::lab::LabDetail, headers(("etag" = String)))),
)]
pub async fn restore_lab(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Response, Error> {
    app.lab_for(&caller, lab, Action::Edit).await?;
    let record = app.restore_lab(&caller, lab).await?;
    detail(&app, &caller, record).await
}
