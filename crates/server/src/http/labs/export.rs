//! `GET /labs/{lab}/export`.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use model::access::Action;
use model::{Lab, LabId};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;
use crate::labs::file_name_of;

/// The lab as a file in our own JSON.
#[utoipa::path(
    get,
    path = "/labs/{lab}/export",
    tag = "labs",
    operation_id = "export_lab",
    params(("lab" = LabId, Path)),
    responses((status = 200, body = Lab, headers(("content-disposition" = String)))),
)]
pub async fn export_lab(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
) -> Result<Response, Error> {
    let record = app.lab_for(&caller, lab, Action::View).await?;
    let text = formats::native::write(&record.lab);
    let name = format!(
        "attachment; filename=\"{}\"",
        file_name_of(&record.lab.name)
    );
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, text).into_response())
}
