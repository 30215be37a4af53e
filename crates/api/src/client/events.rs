//! The event WebSocket.

use futures_util::StreamExt;
use reqwest::Method;
use tokio_tungstenite::tungstenite::Message;

use super::socket::Socket;
use super::{Client, ClientError};
use crate::event::{Frame, WatchEvents};

/// Frames as they come; the first is `hello`.
pub struct Events(Socket);

impl Client {
    pub async fn events(&self, query: &WatchEvents) -> Result<Events, ClientError> {
        let request = self.request(Method::GET, "/events").query(query);
        Ok(Events(self.open_socket(request).await?))
    }
}

impl Events {
    /// The next frame; `None` when the server closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<Frame, ClientError>> {
        loop {
            match self.0.next().await? {
                Ok(Message::Text(text)) => {
                    let frame = serde_json::from_str(&text);
                    return Some(frame.map_err(|error| {
                        ClientError::Protocol(format!("an event that cannot be read: {error}"))
                    }));
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                // Pings are answered by the library.
                Ok(_) => {}
            }
        }
    }
}
