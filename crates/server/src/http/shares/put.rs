//! `PUT /labs/{lab}/shares/{user}`.

use api::share::{SetShare, Share};
use axum::extract::State;
use model::LabId;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Json, Path};

/// Share the lab with a user, or give another right than before. For its owner and administrators.
///
/// A lesser right takes effect at once on everything that the user has open.
#[utoipa::path(
    put,
    path = "/labs/{lab}/shares/{user}",
    tag = "shares",
    operation_id = "set_share",
    params(
        ("lab" = LabId, Path),
        ("user" = String, Path, description = "The user's name, in any case"),
    ),
    request_body = SetShare,
    responses(
        (status = 200, body = Share),
        (status = 403, description = "`forbidden`: you do not own the lab"),
        (status = 409, description = "`too_many_shares`"),
        (status = 422, description = "`is_owner`: the user owns the lab"),
    ),
)]
pub async fn set_share(
    caller: Caller,
    Path((lab, user)): Path<(LabId, String)>,
    State(app): State<App>,
    Json(body): Json<SetShare>,
) -> Result<axum::Json<Share>, Error> {
    let share = app.set_share(&caller, lab, &user, body.right).await?;
    Ok(axum::Json(share))
}
