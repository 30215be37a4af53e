//! Ends what is over: streams of ended sessions and rights at once, rows by and by.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::app::App;
use crate::auth::IDLE_MS;
use crate::error::Error;

const TICK: Duration = Duration::from_secs(1);
const ROWS_EVERY_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// Ended jobs are kept a day.
const JOBS_KEPT_MS: u64 = DAY_MS;

pub async fn run(app: App) {
    let never = Notify::new();
    let (rows_at_ms, trash_at_ms) = (AtomicU64::new(0), AtomicU64::new(0));
    super::repeat(&app, "ending what is over", &never, TICK, || {
        pass(&app, &rows_at_ms, &trash_at_ms)
    })
    .await;
}

async fn pass(app: &App, rows_at_ms: &AtomicU64, trash_at_ms: &AtomicU64) -> Result<(), Error> {
    // What is over is so by the clock on the wall; when to look goes by the one that nobody sets.
    let (now_ms, look_ms) = (app.clock.now_ms(), app.clock.monotonic_ms());
    // Also what another process ended: `nova-ve-server user reset`.
    app.check_live().await?;
    if look_ms >= rows_at_ms.load(Ordering::Relaxed) {
        rows_at_ms.store(look_ms + ROWS_EVERY_MS, Ordering::Relaxed);
        app.store.expire_sessions(now_ms, IDLE_MS).await?;
        app.store.expire_tokens(now_ms).await?;
        let audit_kept_ms = u64::from(app.config.audit_days) * DAY_MS;
        app.store
            .expire_audit(now_ms.saturating_sub(audit_kept_ms))
            .await?;
        app.store
            .expire_jobs(now_ms.saturating_sub(JOBS_KEPT_MS))
            .await?;
        app.keep_reserve().await;
    }
    if look_ms >= trash_at_ms.load(Ordering::Relaxed) {
        trash_at_ms.store(look_ms + DAY_MS, Ordering::Relaxed);
        let removed = app.labs.prune_trash(now_ms).await?;
        if removed > 0 {
            tracing::info!(removed, "labs.trash pruned");
        }
    }
    Ok(())
}
