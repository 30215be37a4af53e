//! `GET /templates`.

use api::system::Templates;
use axum::Json;
use axum::extract::State;

use crate::app::App;

/// What can be placed on the canvas.
#[utoipa::path(
    get,
    path = "/templates",
    tag = "system",
    operation_id = "list_templates",
    responses((status = 200, body = Templates)),
)]
pub async fn list_templates(State(app): State<App>) -> Json<Templates> {
    Json(Templates {
        items: app.templates.iter().cloned().collect(),
    })
}
