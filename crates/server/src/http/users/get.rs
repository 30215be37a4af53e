//! `GET /users/{user}`.

use api::user::UserDetail;
use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Path;

/// A user: oneself, or anybody for administrators.
#[utoipa::path(
    get,
    path = "/users/{user}",
    tag = "users",
    operation_id = "get_user",
    params(("user" = String, Path, description = "The user's name, in any case")),
    responses(
        (status = 200, body = UserDetail),
        (status = 403, description = "`forbidden`: somebody else, and not an administrator"),
    ),
)]
pub async fn get_user(
    caller: Caller,
    Path(user): Path<String>,
    State(app): State<App>,
) -> Result<Json<UserDetail>, Error> {
    Ok(Json(app.describe_user(&caller, &user).await?))
}
