//! `POST /labs/{lab}/restart`.

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

/// Stop and start nodes; changes that waited for it are taken. Without a selection: all of the lab.
#[utoipa::path(
    post,
    path = "/labs/{lab}/restart",
    tag = "acts",
    operation_id = "restart_lab",
    params(("lab" = LabId, Path)),
    request_body = Option<Selection>,
    responses(
        (status = 202, body = Job, headers(("location" = String))),
    ),
)]
pub async fn restart_lab(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
    OptionalJson(selection): OptionalJson<Selection>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::Operate).await?;
    let job = app
        .act(&caller, &record.lab, selection.nodes, JobAct::Restart)
        .await?;
    Ok(accepted(job))
}
