//! `GET /jobs`.

use api::job::JobPage;
use api::page::Paging;
use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Query;

/// Jobs of the labs you may see, newest first; they are kept a day.
#[utoipa::path(
    get,
    path = "/jobs",
    tag = "jobs",
    operation_id = "list_jobs",
    params(Paging),
    responses((status = 200, body = JobPage)),
)]
pub async fn list_jobs(
    caller: Caller,
    Query(paging): Query<Paging>,
    State(app): State<App>,
) -> Result<Json<JobPage>, Error> {
    Ok(Json(app.list_jobs(&caller, &paging).await?))
}
