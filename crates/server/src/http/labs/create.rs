//! `POST /labs`.

use api::lab::{CreateLab, LabDetail};
use axum::extract::State;
use axum::response::Response;

use super::answer::created;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Json;

/// Make an empty lab.
#[utoipa::path(
    post,
    path = "/labs",
    tag = "labs",
    operation_id = "create_lab",
    request_body = CreateLab,
    responses((status = 201, body = LabDetail, headers(("location" = String), ("etag" = String)))),
)]
pub async fn create_lab(
    caller: Caller,
    State(app): State<App>,
    Json(body): Json<CreateLab>,
) -> Result<Response, Error> {
    let record = app.create_lab(&caller, body).await?;
    created(&app, &caller, record).await
}
