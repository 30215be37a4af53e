//! `DELETE /labs/{lab}/shares/{user}`.

use axum::extract::State;
use axum::http::StatusCode;
use model::LabId;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// Share the lab no more with a user: for its owner and administrators; or leave it oneself.
///
/// Takes effect at once on everything that the user has open.
#[utoipa::path(
    delete,
    path = "/labs/{lab}/shares/{user}",
    tag = "shares",
    operation_id = "delete_share",
    params(
        ("lab" = LabId, Path),
        ("user" = String, Path, description = "The user's name, in any case"),
    ),
    responses(
        (status = 204),
        (status = 403, description = "`forbidden`: you do not own the lab, and it is somebody else's share"),
    ),
)]
pub async fn delete_share(
    caller: Caller,
    Path((lab, user)): Path<(LabId, String)>,
    State(app): State<App>,
) -> Result<StatusCode, Error> {
    app.remove_share(&caller, lab, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}
