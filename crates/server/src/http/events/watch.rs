//! `WS /events`.

use api::event::WatchEvents;
use axum::extract::State;
use axum::response::Response;
use model::access::Action;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;
use crate::extract::{Query, Upgrade};
use crate::relay;

/// A WebSocket: events of the labs you may see.
///
/// Text frames of type `Frame`; the first is `hello`. With the epoch and sequence of an earlier
/// connection, what was missed comes next, or `reload` when it is no more kept. A client that reads
/// too slowly is closed with 1013 and connects again.
#[utoipa::path(
    get,
    path = "/events",
    tag = "events",
    operation_id = "watch_events",
    params(WatchEvents),
    responses((status = 101, description = "The WebSocket is open")),
)]
pub async fn watch_events(
    caller: Caller,
    Query(query): Query<WatchEvents>,
    State(app): State<App>,
    Upgrade(upgrade): Upgrade,
) -> Result<Response, Error> {
    let stay = match query.lab {
        Some(lab) => app.stay(&caller, lab, Action::View).await?,
        None => app.stay_logged_in(&caller).await?,
    };
    Ok(upgrade.on_upgrade(move |socket| relay::run_events(app, socket, caller, query, stay)))
}
