//! `kill -9` of server or agent, now and then.

use std::time::Duration;

use fastrand::Rng;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::{Installation, Part};

/// Waits a while, then kills one of the two; gives how many died (it may be between two lives).
/// Cancel-safe: dropped before the wait is over, nothing was killed.
pub(super) async fn kill_one(nova: &Installation, dice: &mut Rng) -> anyhow::Result<u64> {
    tokio::time::sleep(Duration::from_millis(dice.u64(500..4_000))).await;
    let part = if dice.bool() {
        Part::Agent
    } else {
        Part::Server
    };
    let Ok(pid) = nova.pid(part) else {
        return Ok(0);
    };
    Ok(u64::from(kill(Pid::from_raw(pid), Signal::SIGKILL).is_ok()))
}
