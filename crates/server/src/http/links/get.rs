//! `GET /labs/{lab}/links/{link}`.

use api::lab::LinkItem;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::access::Action;
use model::{LabId, LinkId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, etag};

/// One link. The `ETag` is the lab's revision.
#[utoipa::path(
    get,
    path = "/labs/{lab}/links/{link}",
    tag = "links",
    operation_id = "get_link",
    params(("lab" = LabId, Path), ("link" = LinkId, Path)),
    responses((status = 200, body = LinkItem, headers(("etag" = String)))),
)]
pub async fn get_link(
    caller: Caller,
    Path((lab, id)): Path<(LabId, LinkId)>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    let item = app.link_of(&record.lab, id)?;
    let tag = etag(record.lab.revision);
    Ok(([(header::ETAG, tag)], axum::Json(item)).into_response())
}
