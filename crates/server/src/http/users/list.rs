//! `GET /users`.

use api::page::Paging;
use api::user::UserPage;
use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Query;

/// Everybody, by name. For administrators.
#[utoipa::path(
    get,
    path = "/users",
    tag = "users",
    operation_id = "list_users",
    params(Paging),
    responses(
        (status = 200, body = UserPage),
        (status = 403, description = "`forbidden`: not an administrator"),
    ),
)]
pub async fn list_users(
    caller: Caller,
    Query(paging): Query<Paging>,
    State(app): State<App>,
) -> Result<Json<UserPage>, Error> {
    Ok(Json(app.list_users(&caller, &paging).await?))
}
