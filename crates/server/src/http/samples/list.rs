//! `GET /samples`.

use api::system::Samples;
use axum::Json;

use crate::samples;

/// The sample labs.
#[utoipa::path(
    get,
    path = "/samples",
    tag = "samples",
    operation_id = "list_samples",
    responses((status = 200, body = Samples)),
)]
pub async fn list_samples() -> Json<Samples> {
    Json(Samples {
        items: samples::all()
            .iter()
            .map(samples::Sample::describe)
            .collect(),
    })
}
