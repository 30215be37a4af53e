//! Waits look at the state, again and again, until a deadline.

use std::time::{Duration, Instant};

/// Until `look` gives something; else fails with what was waited for and what was seen last.
pub fn wait_for<T>(
    what: &str,
    limit_s: u64,
    mut look: impl FnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let deadline = Instant::now() + Duration::from_secs(limit_s);
    loop {
        let seen = look();
        if let Ok(Some(value)) = seen {
            return Ok(value);
        }
        if Instant::now() > deadline {
            let why = seen
                .err()
                .map(|error| format!(": {error:#}"))
                .unwrap_or_default();
            anyhow::bail!("{what} did not come within {limit_s} s{why}");
        }
        pause(Duration::from_millis(200));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a plain thread that waits for other processes"
)]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}
