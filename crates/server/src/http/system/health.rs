//! `GET /api/health`: for strangers, so without a version.

use api::system::Health;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;

/// Whether database and agent answer. 200 also when degraded.
#[utoipa::path(
    get,
    path = "/api/health",
    tag = "system",
    operation_id = "get_health",
    responses(
        (status = 200, body = Health, description = "`ok`, or `degraded` while the agent is not reachable"),
        (status = 503, body = Health, description = "`down`: the database does not answer"),
    ),
    security(()),
)]
pub async fn get_health(State(app): State<App>) -> (StatusCode, Json<Health>) {
    let database = app.store.ping().await;
    let agent = app.host();
    let (code, status) = match (&database, &agent) {
        (Err(_), _) => (StatusCode::SERVICE_UNAVAILABLE, "down"),
        (Ok(()), Err(_)) => (StatusCode::OK, "degraded"),
        (Ok(()), Ok(_)) => (StatusCode::OK, "ok"),
    };
    let health = Health {
        status: status.into(),
        database: if database.is_ok() { "ok" } else { "down" }.into(),
        agent: agent.map_or_else(|error| error.to_string(), |_| "ok".into()),
    };
    (code, Json(health))
}
