//! Requests that become a WebSocket.

use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::request::Parts;

use crate::error::Error;

/// Clients send key strokes and window sizes; pasted text comes in several messages.
const LARGEST_MESSAGE_BYTES: usize = 1024 * 1024;

pub struct Upgrade(pub WebSocketUpgrade);

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let upgrade = WebSocketUpgrade::from_request_parts(parts, state).await;
        let upgrade = upgrade.map_err(|rejection| Error::BadRequest {
            code: "not_a_web_socket",
            what: format!("This operation is a WebSocket: {}.", rejection.body_text()),
        })?;
        Ok(Self(upgrade.max_message_size(LARGEST_MESSAGE_BYTES)))
    }
}
