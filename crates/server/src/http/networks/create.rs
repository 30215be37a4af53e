//! `POST /labs/{lab}/networks`.

use api::lab::{CreateNetwork, CreatedNetwork};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Json, Path, etag};
use crate::labs::add_network_edit;

/// Add a shared network.
#[utoipa::path(
    post,
    path = "/labs/{lab}/networks",
    tag = "networks",
    operation_id = "create_network",
    params(("lab" = LabId, Path), ("If-Match" = String, Header)),
    request_body = CreateNetwork,
    responses((status = 201, body = CreatedNetwork, headers(("location" = String), ("etag" = String)))),
)]
pub async fn create_network(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
    if_match: IfMatch,
    Json(body): Json<CreateNetwork>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    let (id, edit) = add_network_edit(&record.lab, body)?;
    let revision = app.edit_lab(&caller, lab, if_match, edit).await?.revision;
    let place = format!("{}/labs/{lab}/networks/{id}", api::BASE);
    let body = axum::Json(CreatedNetwork { id, revision });
    let headers = [(header::ETAG, etag(revision))];
    Ok((
        StatusCode::CREATED,
        headers,
        [(header::LOCATION, place)],
        body,
    )
        .into_response())
}
