//! Edits: every change of a lab.

pub mod list;
pub mod post;
pub mod redo;
pub mod undo;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::extract::etag;

/// An edit's outcome with the new revision as `ETag`.
pub fn edited(status: StatusCode, edited: api::lab::Edited) -> Response {
    let tag = etag(edited.revision);
    (status, [(header::ETAG, tag)], Json(edited)).into_response()
}
