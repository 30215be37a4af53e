//! `POST /images/prune`.

use api::image::{PruneImages, RemovedImages};
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Json;

/// Remove images without a name, and with `all` those that no lab and no container uses. For
/// administrators.
#[utoipa::path(
    post,
    path = "/images/prune",
    tag = "images",
    operation_id = "prune_images",
    request_body = PruneImages,
    responses(
        (status = 200, body = RemovedImages),
        (status = 403, description = "`forbidden`: not an administrator"),
    ),
)]
pub async fn prune_images(
    caller: Caller,
    State(app): State<App>,
    Json(which): Json<PruneImages>,
) -> Result<axum::Json<RemovedImages>, Error> {
    Ok(axum::Json(app.prune_images(&caller, &which).await?))
}
