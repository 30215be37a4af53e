//! WebSockets of the API.

use reqwest::RequestBuilder;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, http};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::{Client, ClientError};
use crate::ApiError;

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Client {
    /// Opens the WebSocket that a GET request describes.
    pub(super) async fn open_socket(&self, request: RequestBuilder) -> Result<Socket, ClientError> {
        let request = request
            .build()
            .map_err(|error| ClientError::Protocol(format!("no such address: {error}")))?;
        let url = request.url().as_str().replacen("http", "ws", 1);
        let mut upgrade = url
            .into_client_request()
            .map_err(|error| ClientError::Protocol(format!("no such address: {error}")))?;
        if let Some(token) = request.headers().get(reqwest::header::AUTHORIZATION) {
            upgrade
                .headers_mut()
                .insert(http::header::AUTHORIZATION, token.clone());
        }
        let opened = tokio_tungstenite::connect_async(upgrade).await;
        let (socket, _) = opened.map_err(|error| self.not_opened(error))?;
        Ok(socket)
    }

    fn not_opened(&self, error: tungstenite::Error) -> ClientError {
        let tungstenite::Error::Http(response) = error else {
            return ClientError::Unreachable {
                url: self.url.clone(),
                source: Box::new(error),
            };
        };
        let status = response.status();
        let body = response.into_body().unwrap_or_default();
        match serde_json::from_slice::<ApiError>(&body) {
            Ok(problem) => ClientError::Api(Box::new(problem)),
            Err(_) => ClientError::Protocol(format!("status {status} without a problem document")),
        }
    }
}
