//! Takes rows of ours out of Guacamole's database that no open console needs: at the start what an
//! earlier server left, later what could not be removed while the database was away.

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
    // A name is among them before its rows are written.
    let keep = app.in_guacamole.names();
    let prefix = prefix(&app.config.instance);
    let removed = guacamole.guacdb.sweep(&prefix, &keep).await;
    let removed = removed.map_err(|error| Error::GuacamoleAway(error.into()))?;
    if removed > 0 {
        tracing::info!(removed, "connections were left in guacdb");
    }
    Ok(())
}
