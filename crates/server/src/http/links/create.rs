//! `POST /labs/{lab}/links`.

use api::lab::{CreateLink, CreatedLink};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Json, Path, etag};
use crate::labs::add_link_edit;

/// Link two ends: two interfaces, or an interface and a network.
#[utoipa::path(
    post,
    path = "/labs/{lab}/links",
    tag = "links",
    operation_id = "create_link",
    params(("lab" = LabId, Path), ("If-Match" = String, Header)),
    request_body = CreateLink,
    responses((status = 201, body = CreatedLink, headers(("location" = String), ("etag" = String)))),
)]
pub async fn create_link(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
    if_match: IfMatch,
    Json(body): Json<CreateLink>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    let (id, edit) = add_link_edit(&record.lab, &body)?;
    let revision = app.edit_lab(&caller, lab, if_match, edit).await?.revision;
    let place = format!("{}/labs/{lab}/links/{id}", api::BASE);
    let body = axum::Json(CreatedLink { id, revision });
    let headers = [(header::ETAG, etag(revision))];
    Ok((
        StatusCode::CREATED,
        headers,
        [(header::LOCATION, place)],
        body,
    )
        .into_response())
}
