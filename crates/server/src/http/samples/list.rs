//! `GET /samples`.

use api::system::Samples;
use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::samples;

/// The sample labs.
#[utoipa::path(
    get,
    path = "/samples",
    tag = "samples",
    operation_id = "list_samples",
    responses((status = 200, body = Samples)),
)]
pub async fn list_samples(State(app): State<App>) -> Json<Samples> {
    Json(Samples {
        items: samples::all()
            .iter()
            .map(|sample| sample.describe(&app.templates))
            .collect(),
    })
}
