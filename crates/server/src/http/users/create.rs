//! `POST /users`.

use api::BASE;
use api::user::{CreateUser, UserDetail};
use axum::Json as JsonBody;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Json;

/// Make a user. For administrators.
#[utoipa::path(
    post,
    path = "/users",
    tag = "users",
    operation_id = "create_user",
    request_body = CreateUser,
    responses(
        (status = 201, body = UserDetail, headers(("location" = String))),
        (status = 403, description = "`forbidden`: not an administrator; `session_needed`: a token does not suffice"),
        (status = 409, description = "`username_taken`, also in another case"),
        (status = 422, description = "`invalid_name`, `invalid_password`"),
    ),
)]
pub async fn create_user(
    caller: Caller,
    State(app): State<App>,
    Json(body): Json<CreateUser>,
) -> Result<Response, Error> {
    let made = app.create_user(&caller, body).await?;
    let place = format!("{BASE}/users/{}", made.user.username);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, place)],
        JsonBody(made),
    )
        .into_response())
}
