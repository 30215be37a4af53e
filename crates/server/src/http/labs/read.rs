//! `POST /labs/read`.

use api::reading::{LabFileRead, ReadLabFile};
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Json;
use crate::labs::reading;

/// Read a file of another tool (containerlab) or our own JSON, and tell what a lab cannot hold of it.
///
/// Nothing is kept: send the lab to `POST /labs/import`. Nothing of this host, not its environment nor its
/// files, goes into the lab: what the topology names is sent along, or told as missing. Which of its images
/// this host has is told beside.
#[utoipa::path(
    post,
    path = "/labs/read",
    tag = "labs",
    operation_id = "read_lab_file",
    request_body = ReadLabFile,
    responses(
        (status = 200, body = LabFileRead),
        (status = 413, description = "`too_large`: more than 16 MiB"),
        (status = 422, description = "`invalid_lab`, with every problem and its line; `image_map_odd`"),
    ),
)]
pub async fn read_lab_file(
    _caller: Caller,
    State(app): State<App>,
    Json(file): Json<ReadLabFile>,
) -> Result<axum::Json<LabFileRead>, Error> {
    let (lab, losses) = reading::read(file).await?;
    let images = app.list_lab_images(&lab).await;
    Ok(axum::Json(LabFileRead {
        images: images.map(|images| images.items).unwrap_or_default(),
        lab,
        losses,
    }))
}
