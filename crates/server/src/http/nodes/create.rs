//! `POST /labs/{lab}/nodes`.

use api::lab::{CreateNode, CreatedNode};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use model::LabId;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{IfMatch, Json, Path, etag};
use crate::labs::add_node_edit;

/// Add a node from a template.
#[utoipa::path(
    post,
    path = "/labs/{lab}/nodes",
    tag = "nodes",
    operation_id = "create_node",
    params(("lab" = LabId, Path), ("If-Match" = String, Header)),
    request_body = CreateNode,
    responses((status = 201, body = CreatedNode, headers(("location" = String), ("etag" = String)))),
)]
pub async fn create_node(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
    if_match: IfMatch,
    Json(body): Json<CreateNode>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Edit).await?;
    let (id, edit) = add_node_edit(&app.templates, &record.lab, body)?;
    let revision = app.edit_lab(&caller, lab, if_match, edit).await?.revision;
    let place = format!("{}/labs/{lab}/nodes/{id}", api::BASE);
    let body = axum::Json(CreatedNode { id, revision });
    let headers = [(header::ETAG, etag(revision))];
    Ok((
        StatusCode::CREATED,
        headers,
        [(header::LOCATION, place)],
        body,
    )
        .into_response())
}
