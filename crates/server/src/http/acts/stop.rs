//! `POST /labs/{lab}/stop`.

use api::job::{Job, JobAct};
use api::lab::Selection;
use axum::extract::State;
use axum::response::Response;
use model::LabId;
use model::access::Action;

use super::accepted;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{OptionalJson, Path};

/// Stop nodes; their data stays. Without a selection: all of the lab.
#[utoipa::path(
    post,
    path = "/labs/{lab}/stop",
    tag = "acts",
    operation_id = "stop_lab",
    params(("lab" = LabId, Path)),
    request_body = Option<Selection>,
    responses(
        (status = 202, body = Job, headers(("location" = String))),
    ),
)]
pub async fn stop_lab(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
    OptionalJson(selection): OptionalJson<Selection>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Operate).await?;
    let job = app
        .act(&caller, &record.lab, selection.nodes, JobAct::Stop)
        .await?;
    Ok(accepted(job))
}
