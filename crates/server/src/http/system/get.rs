//! `GET /system`.

use agent_api::{AgentError, PROTOCOL};
use api::system::System;
use axum::Json;
use axum::extract::State;

use crate::app::{App, Host};

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
    let agent = words(&host);
    let host = host.ok();
    Json(System {
        version: env!("CARGO_PKG_VERSION").into(),
        instance: app.config.instance.to_string(),
        agent_reachable: host.is_some(),
        agent,
        agent_protocol: host.as_ref().map(|host| host.protocol),
        rootless: host.as_ref().is_some_and(|host| host.capabilities.rootless),
        notice: app.notice.get().cloned().unwrap_or_default(),
        guacamole: app.config.guacamole.is_some(),
        kinds: host.map(|host| host.capabilities.kinds).unwrap_or_default(),
    })
}

/// What is to be done about the agent.
fn words(host: &Result<Host, AgentError>) -> String {
    match host {
        Ok(host) if host.is_older() => format!(
            "the agent is older than the server (it speaks protocol {}, the server {PROTOCOL}): upgrade it",
            host.protocol
        ),
        Ok(_) => String::new(),
        Err(why) => why.to_string(),
    }
}
