//! One span for each request. Paths hold ids alone; queries and bodies are not written down.

use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

pub async fn requests(request: Request, next: Next) -> Response {
    let span = tracing::info_span!(
        "http.request",
        http.method = %request.method(),
        http.path = request.uri().path(),
    );
    let begun = Instant::now();
    async move {
        let response = next.run(request).await;
        let (status, duration_ms) = (response.status().as_u16(), begun.elapsed().as_millis());
        tracing::debug!(http.status = status, duration_ms, "answered");
        response
    }
    .instrument(span)
    .await
}
