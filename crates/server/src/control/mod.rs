//! The loops between wishes and the agent's reports.
//!
//! | loop | from | to |
//! |---|---|---|
//! | `push_specs` | labs, run wishes, tombstones | the agent's `Apply` |
//! | `collect_status` | the agent's events | statuses, events for clients |
//! | `tell_discovery` | the cadence | the agent's `Discovery` |
//! | `watch_jobs` | jobs, wishes, statuses | jobs that end |
//! | `watch_files` | the labs folder | events, new specs |
//! | `expire` | the clock | ended sessions, forgotten jobs |
//! | `sweep_guacamole` | consoles open in Guacamole | its rows of no other |
//!
//! A loop is woken by a signal or a timer, takes no argument and is idempotent: it looks at
//! everything, and what fails is tried again in the next pass.

mod causes;
mod collect_status;
mod expire;
mod push_specs;
mod pushed;
mod sweep_guacamole;
mod tell_discovery;
mod watch_files;
mod watch_jobs;

use std::future::Future;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::app::App;
use crate::error::Error;

pub use causes::Causes;
pub use pushed::Pushed;

/// Starts every loop; they end when the server stops.
pub async fn spawn(app: &App) -> Result<JoinSet<()>, Error> {
    watch_jobs::load(app).await?;
    let mut loops = JoinSet::new();
    loops.spawn(collect_status::run(app.clone()));
    loops.spawn(push_specs::run(app.clone()));
    loops.spawn(tell_discovery::run(app.clone()));
    loops.spawn(watch_jobs::run(app.clone()));
    loops.spawn(watch_files::run(app.clone()));
    loops.spawn(expire::run(app.clone()));
    loops.spawn(sweep_guacamole::run(app.clone()));
    Ok(loops)
}

/// One pass at once, then one whenever woken and at every tick.
async fn repeat<F: Future<Output = Result<(), Error>>>(
    app: &App,
    what: &'static str,
    wake: &Notify,
    tick: Duration,
    mut pass: impl FnMut() -> F,
) {
    while !app.stopping.is_cancelled() {
        if let Err(error) = pass().await {
            tracing::warn!(error = %with_cause(&error), "{what} failed, the next pass tries again");
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(tick) => {}
            () = app.stopping.cancelled() => {}
        }
    }
}

fn with_cause(error: &Error) -> String {
    match error {
        Error::Internal(source)
        | Error::DatabaseDown(source)
        | Error::DiskFull(source)
        | Error::GuacamoleAway(source) => {
            format!("{source:#}")
        }
        other => other.to_string(),
    }
}
