//! One span for each request, and its id: on the answer, in the log, in everything it causes.
//!
//! A request may bring its id in `X-Request-Id`; one that brings none, two, or something that is no
//! plain short word gets a new one. Paths hold ids alone; queries and bodies are not written down.

use std::time::Instant;

use agent_api::RequestId;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use tracing::field::Empty;

use super::operation::operation_id;
use crate::app::App;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// More of a path is nobody's id.
const PATH_CHARS: usize = 200;

/// Why a request was refused; `Error` leaves it on its answer.
#[derive(Debug, Clone)]
pub struct Refusal {
    pub code: String,
    pub why: String,
}

pub async fn requests(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = id_of(request.headers());
    let path: String = request.uri().path().chars().take(PATH_CHARS).collect();
    let span = tracing::info_span!(
        "http.request",
        http.method = %request.method(),
        http.path = path,
        request.id = %id,
        user.name = Empty,
    );
    let header = HeaderValue::from_str(id.as_str()).expect("a request id is plain ASCII");
    let answering = async move {
        let begun = Instant::now();
        // Given back also when the client leaves before the answer.
        let _in_flight = app.metrics.request();
        let operation = operation_of(&request);
        let response = next.run(request).await;
        app.metrics.answered(operation, response.status(), begun);
        write_down(&response, begun);
        response
    };
    let mut response = id.scope(answering.instrument(span)).await;
    response.headers_mut().insert(HEADER, header);
    response
}

/// The user whom the request turned out to be of, for every line of its span.
pub fn record_user(name: &str) {
    tracing::Span::current().record("user.name", name);
}

fn id_of(headers: &HeaderMap) -> RequestId {
    let mut given = headers.get_all(HEADER).iter();
    let one = given.next().filter(|_| given.next().is_none());
    let parsed = one
        .and_then(|value| value.to_str().ok())
        .and_then(|text| RequestId::parse(text).ok());
    parsed.unwrap_or_else(RequestId::draw)
}

fn operation_of(request: &Request) -> Option<&'static str> {
    let route = request.extensions().get::<MatchedPath>()?;
    operation_id(request.method(), route.as_str())
}

/// Refusals are an operator's story, other answers an engineer's.
fn write_down(response: &Response, begun: Instant) {
    let (status, duration_ms) = (response.status().as_u16(), begun.elapsed().as_millis());
    match (response.extensions().get::<Refusal>(), status) {
        (Some(Refusal { code, why }), 403 | 429) => {
            tracing::warn!(http.status = status, code, why, "http.refused");
        }
        (Some(Refusal { code, why }), _) => {
            tracing::debug!(
                http.status = status,
                code,
                why,
                duration_ms,
                "http.answered"
            );
        }
        (None, _) => tracing::debug!(http.status = status, duration_ms, "http.answered"),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn id_from(values: &[&str]) -> RequestId {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        id_of(&headers)
    }

    #[test]
    fn a_plain_request_id_is_taken_and_any_other_is_replaced() {
        assert_eq!(id_from(&["my-trace.1"]).as_str(), "my-trace.1");
        let long = "a".repeat(65);
        for bad in [
            &[][..],
            &["one", "two"],
            &["a b"],
            &["x=\"1\""],
            &["\u{e4}"],
            &[&long],
        ] {
            let id = id_from(bad);
            assert_eq!(id.as_str().len(), 32, "{bad:?} became {id}");
        }
    }
}
