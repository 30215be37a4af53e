//! `GET /system`.

use api::system::System;
use axum::Json;
use axum::extract::State;

use crate::app::App;

/// What this installation is and what its host can run.
#[utoipa::path(
    get,
    path = "/system",
    tag = "system",
    operation_id = "get_system",
    responses((status = 200, body = System)),
)]
pub async fn get_system(State(app): State<App>) -> Json<System> {
    let host = app.host();
    let agent = host
        .as_ref()
        .err()
        .map(ToString::to_string)
        .unwrap_or_default();
    let host = host.ok();
    Json(System {
        version: env!("CARGO_PKG_VERSION").into(),
        instance: app.config.instance.to_string(),
        agent_reachable: host.is_some(),
        agent,
        rootless: host.as_ref().is_some_and(|host| host.capabilities.rootless),
        notice: app.notice.get().cloned().unwrap_or_default(),
        guacamole: app.config.guacamole.is_some(),
        kinds: host.map(|host| host.capabilities.kinds).unwrap_or_default(),
    })
}
