//! `DELETE /sessions/{session}`.

use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// End one of your sessions, and everything it opened.
#[utoipa::path(
    delete,
    path = "/sessions/{session}",
    tag = "session",
    operation_id = "end_session",
    params(("session" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 403, description = "`session_needed`: a token ends none"),
    ),
)]
pub async fn end_session(
    caller: Caller,
    Path(session): Path<Uuid>,
    State(app): State<App>,
) -> Result<StatusCode, Error> {
    app.end_session(&caller, session).await?;
    Ok(StatusCode::NO_CONTENT)
}
