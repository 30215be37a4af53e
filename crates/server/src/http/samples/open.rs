//! `POST /samples/{name}`.

use api::lab::LabDetail;
use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;
use crate::http::labs::answer::created;
use crate::samples;

/// Make a lab of your own from a sample.
#[utoipa::path(
    post,
    path = "/samples/{name}",
    tag = "samples",
    operation_id = "create_lab_from_sample",
    params(("name" = String, Path, description = "The sample's `name`")),
    responses((status = 201, body = LabDetail, headers(("location" = String), ("etag" = String)))),
)]
pub async fn create_lab_from_sample(
    caller: Caller,
    Path(name): Path<String>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let sample =
        samples::find(&name).ok_or_else(|| Error::not_found(format!("sample {name:?}")))?;
    let record = app.import_lab(&caller, sample.lab.clone(), None).await?;
    created(&app, &caller, record).await
}
