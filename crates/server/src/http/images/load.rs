//! `PUT /images`.

use api::image::LoadedImages;
use axum::body::Body;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

/// Take images from an archive, as `docker save` writes it. For administrators.
#[utoipa::path(
    put,
    path = "/images",
    tag = "images",
    operation_id = "load_images",
    request_body(content = Vec<u8>, content_type = "application/x-tar"),
    responses(
        (status = 200, body = LoadedImages),
        (status = 403, description = "`forbidden`: not an administrator"),
        (status = 422, description = "`image_failed`: the engine does not take it, with the reason"),
    ),
)]
pub async fn load_images(
    caller: Caller,
    State(app): State<App>,
    body: Body,
) -> Result<axum::Json<LoadedImages>, Error> {
    Ok(axum::Json(app.load_images(&caller, body).await?))
}
