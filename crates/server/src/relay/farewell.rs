//! The end of a WebSocket, so that the client gets the last frames.
//!
//! A socket that is dropped with input still unread is reset by the kernel, and a reset throws away
//! what the client has not read yet. So after our Close we read until the client's.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};

/// A client that does not answer in this time is gone.
const PATIENCE: Duration = Duration::from_secs(2);

pub fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame {
        code,
        reason: reason.into(),
    }))
}

/// Sends the last frame, if there is one, and waits until the client has closed too.
pub async fn part(
    mut to_client: SplitSink<WebSocket, Message>,
    mut from_client: SplitStream<WebSocket>,
    last: Option<Message>,
) {
    let handshake = async {
        if let Some(last) = last {
            // The client may be gone already.
            let _ = to_client.send(last).await;
        }
        while let Some(Ok(_)) = from_client.next().await {}
    };
    let _ = tokio::time::timeout(PATIENCE, handshake).await;
}
