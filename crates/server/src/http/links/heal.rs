//! `POST /labs/{lab}/links/{link}/heal`.

use api::lab::Edited;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::access::Action;
use model::{LabId, LinkId, LinkState};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;
use crate::http::edits::edited;

/// Heal a cut link. Needs no `If-Match`; doing it twice is the same as once.
#[utoipa::path(
    post,
    path = "/labs/{lab}/links/{link}/heal",
    tag = "links",
    operation_id = "heal_link",
    params(("lab" = LabId, Path), ("link" = LinkId, Path)),
    responses((status = 200, body = Edited, headers(("etag" = String)))),
)]
pub async fn heal_link(
    caller: Caller,
    Path((lab, id)): Path<(LabId, LinkId)>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Operate).await?;
    let outcome = app
        .set_link_state(&caller, &record.lab, id, LinkState::Up)
        .await?;
    Ok(edited(StatusCode::OK, outcome))
}
