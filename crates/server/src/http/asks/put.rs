//! `PUT /labs/{lab}/asks`.

use api::ask::{Allow, Asks};
use axum::extract::State;
use model::LabId;
use model::access::{Action, SystemAction};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Json, Path};

/// Say what of its host the lab may reach for, instead of what was allowed before. For administrators.
///
/// What an administrator starts or draws himself is allowed by that.
#[utoipa::path(
    put,
    path = "/labs/{lab}/asks",
    tag = "labs",
    operation_id = "allow_asks",
    params(("lab" = LabId, Path)),
    request_body = Allow,
    responses(
        (status = 200, body = Asks),
        (status = 403, description = "`forbidden`: not an administrator"),
        (status = 409, description = "`too_many_allowances`"),
        (status = 422, description = "`never_allowed`: nobody can allow this"),
    ),
)]
pub async fn allow_asks(
    caller: Caller,
    Path(lab): Path<LabId>,
    State(app): State<App>,
    Json(body): Json<Allow>,
) -> Result<axum::Json<Asks>, Error> {
    app.require_in_system(&caller, SystemAction::AllowHost, &lab.to_string())
        .await?;
    let record = app.lab_for(&caller, lab, Action::View).await?;
    let asks = app.set_allowed(&caller, &record.lab, body.items).await?;
    Ok(axum::Json(asks))
}
