//! Why a call failed.

use crate::ApiError;

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody answers there.
    #[error("no server answers at {url}")]
    Unreachable {
        url: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It had begun to answer, and then the connection ended.
    #[error("the connection to {url} broke off")]
    BrokenOff {
        url: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server refused.
    #[error("{0}")]
    Api(Box<ApiError>),
    /// What answers is no nova-ve server, or another version of it.
    #[error("unexpected answer: {0}")]
    Protocol(String),
}

impl ClientError {
    /// The problem's stable word, when the server refused.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Api(error) => Some(&error.code),
            Self::Unreachable { .. } | Self::BrokenOff { .. } | Self::Protocol(_) => None,
        }
    }
}
