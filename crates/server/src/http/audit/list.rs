//! `GET /audit`.

use api::audit::{AuditPage, AuditQuery};
use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Query;

/// Who did what and what was refused, newest first. For administrators.
///
/// Log-ins, changes of users, rights, sessions and tokens; labs made, imported, restored and removed;
/// starts, stops, restarts and wipes. Edits are in each lab's own history.
#[utoipa::path(
    get,
    path = "/audit",
    tag = "users",
    operation_id = "list_audit",
    params(AuditQuery),
    responses(
        (status = 200, body = AuditPage),
        (status = 403, description = "`forbidden`: not an administrator"),
    ),
)]
pub async fn list_audit(
    caller: Caller,
    Query(query): Query<AuditQuery>,
    State(app): State<App>,
) -> Result<Json<AuditPage>, Error> {
    Ok(Json(app.audit_log(&caller, query).await?))
}
