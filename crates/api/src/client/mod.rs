//! A typed client of the API, for the CLI and for tests: one method for each operation.
//!
//! It holds a session's secret and sends it as a bearer token. Nothing is tried again here: whoever
//! calls knows whether that is safe.

mod asks;
mod configs;
mod error;
mod events;
mod images;
mod inside;
mod labs;
mod life;
mod request;
mod session;
mod shares;
mod socket;
mod terminal;
mod users;

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

pub use error::ClientError;
pub use events::Events;
pub use terminal::{Terminal, TerminalFrame, TerminalReceiver, TerminalSender};

/// Bytes as they come.
pub type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, ClientError>> + Send>>;

/// A server's address and a session there; cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Scheme, host and port, without a slash at the end.
    url: String,
    secret: Option<String>,
}

impl Client {
    /// Speaks to the server at `url` (`http://127.0.0.1:8000`).
    pub fn new(url: &str, secret: Option<String>) -> Result<Self, ClientError> {
        let url = url.trim_end_matches('/').to_owned();
        if !url.starts_with("http://") {
            return Err(ClientError::Protocol(format!(
                "the address must begin with http://, not {url:?}"
            )));
        }
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .map_err(|error| ClientError::Protocol(format!("no HTTP client: {error}")))?;
        Ok(Self { http, url, secret })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// What to keep for the next `Client::new`.
    pub fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }
}

/// A name as one part of a path.
fn part(name: &str) -> percent_encoding::PercentEncode<'_> {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC)
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
