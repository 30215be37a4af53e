//! What a service tells the manager that started it (systemd's notify protocol). Without one, nothing.
//!
//! ```text
//! starting ─ready─▶ ready ─reloading─▶ reloading ─ready─▶ ready ─stopping─▶ stopping
//!                     └ alive, within every watchdog interval
//! ```
//! The status is the line that `systemctl status` shows.

use std::time::Duration;

use sd_notify::NotifyState;

/// It does its work, or does it again after a reload.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

pub fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// Its settings are read anew; [`ready`] ends it, whatever came of it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "the clock cannot be read"),
    }
}

pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// How often [`alive`] is to be told: half of what the manager waits for; none: it does not wait.
pub fn alive_every() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|limit| limit / 2)
}

pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "the service manager cannot be told");
    }
}
