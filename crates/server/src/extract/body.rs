//! JSON bodies: the limit in words, and line and column of what is wrong.
//!
//! `serde_json` refuses nesting deeper than 128 levels, so a deep body is an error like any other.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::Error;

/// Bodies larger than this are refused, unless a route says otherwise.
pub const LIMIT_BYTES: usize = 2 * 1024 * 1024;

/// The route's own limit, for the words of the refusal; set beside `DefaultBodyLimit`.
#[derive(Debug, Clone, Copy)]
pub struct BodyLimit(pub usize);

/// Some editors put it before a text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A JSON body.
#[derive(Debug)]
pub struct Json<T>(pub T);

/// A JSON body that may be absent.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &App) -> Result<Self, Error> {
        require_json(request.headers())?;
        let bytes = read(request, state).await?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalJson<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &App) -> Result<Self, Error> {
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

async fn read(request: Request, app: &App) -> Result<Bytes, Error> {
    refuse_encoding(request.headers())?;
    let limit_bytes = request
        .extensions()
        .get::<BodyLimit>()
        .map_or(LIMIT_BYTES, |limit| limit.0);
    let within = app.config.border.body_time(limit_bytes);
    tokio::time::timeout(within, Bytes::from_request(request, app))
        .await
        .map_err(|_| Error::TooSlow)?
        .map_err(|rejection| refused(&rejection, limit_bytes))
}

/// Nothing is unpacked here, so a small body cannot become a large one.
fn refuse_encoding(headers: &HeaderMap) -> Result<(), Error> {
    match headers.get(header::CONTENT_ENCODING) {
        None => Ok(()),
        Some(value) if value.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(()),
        Some(value) => Err(Error::WrongEncoding {
            encoding: String::from_utf8_lossy(value.as_bytes()).into_owned(),
        }),
    }
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
    if bytes.starts_with(BYTE_ORDER_MARK) {
        return Err(Error::BadRequest {
            code: "invalid_json",
            what: "The body begins with a byte order mark, which JSON must not have; save it as \
                   UTF-8 without one."
                .into(),
        });
    }
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
