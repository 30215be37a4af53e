//! Ends what is over: sockets of ended sessions at once, rows by and by.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::app::App;
use crate::auth::IDLE_MS;
use crate::error::Error;

const TICK: Duration = Duration::from_secs(1);
const ROWS_EVERY_MS: u64 = 60_000;
/// Ended jobs are kept a day.
const JOBS_KEPT_MS: u64 = 24 * 60 * 60 * 1000;

pub async fn run(app: App) {
    let never = Notify::new();
    let rows_at_ms = AtomicU64::new(0);
    super::repeat(&app, "ending what is over", &never, TICK, || {
        pass(&app, &rows_at_ms)
    })
    .await;
}

async fn pass(app: &App, rows_at_ms: &AtomicU64) -> Result<(), Error> {
    let now_ms = app.clock.now_ms();
    // Also sessions that another process ended: `nova-ve-server user reset`.
    for key in app.live.keys() {
        // An open socket alone is no use of the session: a forgotten tab would keep it for ever.
        if !app.store.session_lives(&key, now_ms, IDLE_MS).await? {
            app.live.end(&key);
        }
    }
    if now_ms >= rows_at_ms.load(Ordering::Relaxed) {
        rows_at_ms.store(now_ms + ROWS_EVERY_MS, Ordering::Relaxed);
        app.store.expire_sessions(now_ms, IDLE_MS).await?;
        app.store
            .expire_jobs(now_ms.saturating_sub(JOBS_KEPT_MS))
            .await?;
    }
    Ok(())
}
