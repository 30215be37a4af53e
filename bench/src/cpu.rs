//! What a process has used of processors.

use std::time::Duration;

use anyhow::Context as _;
use nix::time::ClockId;
use nix::unistd::Pid;

/// User and system time of all its threads, also of those that have ended.
pub fn used_by(pid: u32) -> anyhow::Result<Duration> {
    let pid = Pid::from_raw(i32::try_from(pid)?);
    let clock = ClockId::pid_cpu_clock_id(pid).context("find a process's CPU clock")?;
    Ok(clock.now().context("read a process's CPU clock")?.into())
}
