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
    let wait = wait(&query);
    app.job_for(&caller, id).await?;
    app.wait_for_job(id, wait).await?;
    // Asked again: the right may have gone while it was waited.
    Ok(Json(app.job_for(&caller, id).await?))
}

fn wait(query: &WaitForJob) -> Duration {
    Duration::from_secs(query.wait_s.unwrap_or(0).min(LONGEST_WAIT_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_waited_for_a_minute_at_most() {
        for (asked, seconds) in [
            (None, 0),
            (Some(60), 60),
            (Some(61), 60),
            (Some(u64::MAX), 60),
        ] {
            let query = WaitForJob { wait_s: asked };
            assert_eq!(wait(&query), Duration::from_secs(seconds), "{asked:?}");
        }
    }
}
