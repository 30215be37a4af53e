//! An operation that changes something runs to its end, also when the client leaves meanwhile.
//!
//! The handler of a request is dropped at its next `await` when the connection breaks. Between the
//! first write and the last word of an operation lie several: a wish without its job, an edit that
//! nobody is told of. So everything but reading runs in a task of its own, and the connection only
//! waits for its answer. A server that stops waits for these tasks.

use agent_api::RequestId;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use crate::app::App;
use crate::error::Error;

pub async fn to_its_end(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    if request.method().is_safe() {
        return Ok(next.run(request).await);
    }
    let operation = RequestId::scope_maybe(RequestId::current(), next.run(request));
    let operation = operation.in_current_span();
    app.begun.spawn(operation).await.map_err(Error::internal)
}
