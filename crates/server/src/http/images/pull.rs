//! `POST /images/pull`.

use api::image::{PullImage, PullProgress};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Json;
use crate::relay;

/// Pull an image from its registry. Answers a JSON object a line, as it goes on. For administrators.
///
/// A client that leaves ends the pull; layers that came stay.
#[utoipa::path(
    post,
    path = "/images/pull",
    tag = "images",
    operation_id = "pull_image",
    request_body = PullImage,
    responses(
        (status = 200, body = PullProgress, content_type = "application/x-ndjson"),
        (status = 403, description = "`forbidden`: not an administrator"),
        (status = 422, description = "`image_odd`: no name of an image"),
    ),
)]
pub async fn pull_image(
    caller: Caller,
    State(app): State<App>,
    Json(PullImage { name }): Json<PullImage>,
) -> Result<Response, Error> {
    let stream = app.open_pull(&caller, &name).await?;
    let stay = app.stay_logged_in(&caller).await?;
    let body = relay::pull_lines(stream, stay);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], body).into_response())
}
