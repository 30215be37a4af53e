//! `GET /labs`.

use api::lab::LabPage;
use api::page::Paging;
use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::Query;

/// The labs you may see, by name.
#[utoipa::path(
    get,
    path = "/labs",
    tag = "labs",
    operation_id = "list_labs",
    params(Paging),
    responses((status = 200, body = LabPage)),
)]
pub async fn list_labs(
    caller: Caller,
    Query(paging): Query<Paging>,
    State(app): State<App>,
) -> Result<Json<LabPage>, Error> {
    let page = app.list_labs(&caller, &paging).await?;
    Ok(Json(page))
}
