//! `GET /api/health`: for strangers, so without a version.
//!
//! Each request reads from the database. Whether it takes writes as well is asked for all at once,
//! twice a second at most (see `pings`): that takes the turn of whoever writes, and anybody may ask.
//! What the agent says is of now.

use std::time::Duration;

use agent_api::AgentError;
use api::system::Health;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::pings::Down;

/// A database that takes longer is down for whoever asks.
const PATIENCE: Duration = Duration::from_secs(2);

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
    let database = ask_database(&app).await;
    let agent = app.host();
    let (code, status) = match (&database, &agent) {
        (Err(Down), _) => (StatusCode::SERVICE_UNAVAILABLE, "down"),
        (Ok(()), Err(_)) => (StatusCode::OK, "degraded"),
        (Ok(()), Ok(_)) => (StatusCode::OK, "ok"),
    };
    let health = Health {
        status: status.into(),
        database: if database.is_ok() { "ok" } else { "down" }.into(),
        agent: match agent {
            Ok(host) if host.is_older() => "ok, but older than the server: upgrade it".into(),
            Ok(_) => "ok".into(),
            // Why names paths and ids, which are no stranger's business.
            Err(AgentError::Unreachable(_) | AgentError::Failed { .. }) => "not reachable".into(),
            Err(AgentError::Refused(_)) => {
                "does not accept this server; /api/v1/system says why to who is logged in".into()
            }
        },
    };
    (code, Json(health))
}

async fn ask_database(app: &App) -> Result<(), Down> {
    let asking = async {
        app.store.ping().await.map_err(|_| Down)?;
        let store = app.store.clone();
        let look = move || async move { store.ping_writer().await };
        app.pings.share(&app.clock, look).await
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .unwrap_or(Err(Down))
}
