//! `GET /images`.

use api::image::Images;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

/// The images that this host has, who uses them, and the room that is left.
#[utoipa::path(
    get,
    path = "/images",
    tag = "images",
    operation_id = "list_images",
    responses((status = 200, body = Images)),
)]
pub async fn list_images(
    caller: Caller,
    State(app): State<App>,
) -> Result<axum::Json<Images>, Error> {
    Ok(axum::Json(app.list_images(&caller).await?))
}
