//! Takes rows of ours out of Guacamole's database that nothing needs: at the start what an earlier server
//! left, later what could not be removed while the database was away, and old history at all times.

use std::collections::BTreeSet;

use store::StoreError;
use tokio::sync::Notify;

use crate::app::App;
use crate::error::Error;
use crate::guacamole::{Guacamole, prefix};

pub async fn run(app: App) {
    let Some(guacamole) = &app.config.guacamole else {
        return;
    };
    let never = Notify::new();
    let every = guacamole.bounds.sweep_every;
    super::repeat(&app, "sweeping guacdb", &never, every, || {
        pass(&app, guacamole)
    })
    .await;
}

async fn pass(app: &App, guacamole: &Guacamole) -> Result<(), Error> {
    let prefix = prefix(&app.config.instance);
    let away = |error: StoreError| Error::GuacamoleAway(error.into());
    let found = guacamole.guacdb.ours(&prefix).await.map_err(away)?;
    // Asked for afterwards: a name is among them before its rows are written.
    let held = app.in_guacamole.names();
    let left: BTreeSet<String> = found.difference(&held).cloned().collect();
    if !left.is_empty() {
        let removed = guacamole.guacdb.remove(&left).await.map_err(away)?;
        tracing::info!(removed, "users and connections were left in guacdb");
    }
    let days = guacamole.bounds.history_days;
    let forgotten = guacamole.guacdb.forget_history(&prefix, days).await;
    match forgotten.map_err(away)? {
        0 => {}
        forgotten => tracing::info!(forgotten, days, "old history was removed from guacdb"),
    }
    Ok(())
}
