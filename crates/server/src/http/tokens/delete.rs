//! `DELETE /tokens/{token}`.

use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// End one of your tokens, and everything it opened.
#[utoipa::path(
    delete,
    path = "/tokens/{token}",
    tag = "tokens",
    operation_id = "delete_token",
    params(("token" = Uuid, Path)),
    responses(
        (status = 204),
        (status = 403, description = "`session_needed`: a token ends none"),
    ),
)]
pub async fn delete_token(
    caller: Caller,
    Path(token): Path<Uuid>,
    State(app): State<App>,
) -> Result<StatusCode, Error> {
    app.end_token(&caller, token).await?;
    Ok(StatusCode::NO_CONTENT)
}
