//! `DELETE /images`.

use api::image::{RemoveImage, RemovedImages};
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Query;

/// Take a name from an image; the image goes with its last one. For administrators.
#[utoipa::path(
    delete,
    path = "/images",
    tag = "images",
    operation_id = "remove_image",
    params(RemoveImage),
    responses(
        (status = 200, body = RemovedImages),
        (status = 403, description = "`forbidden`: not an administrator"),
        (status = 409, description = "`image_used`: labs name it; `anyway` removes it nevertheless"),
        (status = 422, description = "`no_such_image`, or the engine's reason, as a container made of it"),
    ),
)]
pub async fn remove_image(
    caller: Caller,
    State(app): State<App>,
    Query(which): Query<RemoveImage>,
) -> Result<axum::Json<RemovedImages>, Error> {
    Ok(axum::Json(app.remove_image(&caller, &which).await?))
}
