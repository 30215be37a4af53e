//! Start, stop, restart and wipe: of a lab or a selection, each a job.

pub mod restart;
pub mod start;
pub mod stop;
pub mod wipe;

use api::job::Job;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

/// 202 with the job and where to ask for it.
pub fn accepted(job: Job) -> Response {
    let place = format!("{}/jobs/{}", api::BASE, job.id);
    (StatusCode::ACCEPTED, [(header::LOCATION, place)], Json(job)).into_response()
}
