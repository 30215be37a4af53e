//! A lab as an answer: its detail with the revision as `ETag`.

use api::BASE;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use store::LabRecord;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::etag;

pub async fn detail(app: &App, caller: &Caller, record: LabRecord) -> Result<Response, Error> {
    let tag = etag(record.lab.revision);
    let detail = app.describe_lab(caller, record).await?;
    Ok(([(header::ETAG, tag)], Json(detail)).into_response())
}

pub async fn created(app: &App, caller: &Caller, record: LabRecord) -> Result<Response, Error> {
    let place = format!("{BASE}/labs/{}", record.lab.id);
    let answer = detail(app, caller, record).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], answer).into_response())
}
