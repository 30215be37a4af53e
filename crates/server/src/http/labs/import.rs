//! `POST /labs/import`: a lab in our own JSON. Files of other tools are read by `nova-ve lab import`.

use api::lab::{ImportLab, LabDetail};
use axum::extract::State;
use axum::response::Response;

use super::answer::created;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Json;

/// The largest lab that can be imported.
pub const LIMIT_BYTES: usize = 16 * 1024 * 1024;

/// Bring a lab in.
#[utoipa::path(
    post,
    path = "/labs/import",
    tag = "labs",
    operation_id = "import_lab",
    request_body = ImportLab,
    responses(
        (status = 201, body = LabDetail, headers(("location" = String), ("etag" = String))),
        (status = 413, description = "`too_large`: more than 16 MiB"),
        (status = 422, description = "`invalid_lab`, with every problem"),
    ),
)]
pub async fn import_lab(
    caller: Caller,
    State(app): State<App>,
    Json(body): Json<ImportLab>,
) -> Result<Response, Error> {
    let record = app.import_lab(&caller, body.lab, body.name).await?;
    created(&app, &caller, record).await
}
