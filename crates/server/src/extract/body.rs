//! JSON bodies: the limit in words, and line and column of what is wrong.
//!
//! `serde_json` refuses nesting deeper than 128 levels, so a deep body is an error like any other.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::error::Error;

/// Bodies larger than this are refused, unless a route says otherwise.
pub const LIMIT_BYTES: usize = 2 * 1024 * 1024;

/// The route's own limit, for the words of the refusal; set beside `DefaultBodyLimit`.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A JSON body that may be absent.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        require_json(request.headers())?;
        let bytes = read(request, state).await?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for OptionalJson<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let is_json = require_json(request.headers());
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        is_json?;
        Ok(Self(parse(&bytes)?))
    }
}

/// A page of another site can send a form, but no JSON, without being asked first.
fn require_json(headers: &HeaderMap) -> Result<(), Error> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next());
    match kind {
        Some(kind) if kind.trim().eq_ignore_ascii_case("application/json") => Ok(()),
        _ => Err(Error::WrongMediaType),
    }
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Error> {
    let limit_bytes = request
        .extensions()
        .get::<BodyLimit>()
        .map_or(LIMIT_BYTES, |limit| limit.0);
    Bytes::from_request(request, state)
        .await
        .map_err(|rejection| refused(&rejection, limit_bytes))
}

fn refused(rejection: &BytesRejection, limit_bytes: usize) -> Error {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Error::TooLarge { limit_bytes };
    }
    Error::BadRequest {
        code: "unreadable_body",
        what: format!("The body could not be read: {}.", rejection.body_text()),
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|error| Error::BadRequest {
        code: "invalid_json",
        what: format!("The body is not what is expected here: {error}."),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn truncated_json_is_refused_with_line_and_column() {
        let error = parse::<serde_json::Value>(b"{\n \"a\": [1,").unwrap_err();
        assert!(error.to_string().contains("line 2 column"), "{error}");
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let deep = "[".repeat(100_000);
        let error = parse::<serde_json::Value>(deep.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("recursion limit"), "{error}");
    }
}
