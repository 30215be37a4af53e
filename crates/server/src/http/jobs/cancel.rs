//! `DELETE /jobs/{job}`.

use api::job::Job;
use axum::Json;
use axum::extract::State;
use model::access::Action;
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// Cancel a job.
///
/// What it has not done is no more wished for: nodes that a start has not brought up are stopped.
/// A job that has ended stays as it is.
#[utoipa::path(
    delete,
    path = "/jobs/{job}",
    tag = "jobs",
    operation_id = "cancel_job",
    params(("job" = Uuid, Path)),
    responses((status = 200, body = Job)),
)]
pub async fn cancel_job(
    caller: Caller,
    Path(id): Path<Uuid>,
    State(app): State<App>,
) -> Result<Json<Job>, Error> {
    let job = app.job_for(&caller, id).await?;
    app.lab_for(&caller, job.lab, Action::Operate).await?;
    Ok(Json(app.cancel_job(&caller, id).await?))
}
