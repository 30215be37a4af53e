//! `GET /jobs/{job}`.

use std::time::Duration;

use api::job::{Job, WaitForJob};
use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Path, Query};

const LONGEST_WAIT_S: u64 = 60;

/// How a job stands; with `wait_s`, when it has ended or the time is over.
#[utoipa::path(
    get,
    path = "/jobs/{job}",
    tag = "jobs",
    operation_id = "get_job",
    params(("job" = Uuid, Path), WaitForJob),
    responses((status = 200, body = Job)),
)]
pub async fn get_job(
    caller: Caller,
    Path(id): Path<Uuid>,
    Query(query): Query<WaitForJob>,
    State(app): State<App>,
) -> Result<Json<Job>, Error> {
    let wait_s = query.wait_s.unwrap_or(0).min(LONGEST_WAIT_S);
    app.job_for(&caller, id).await?;
    app.wait_for_job(id, Duration::from_secs(wait_s)).await?;
    // Asked again: the right may have gone while it was waited.
    Ok(Json(app.job_for(&caller, id).await?))
}
