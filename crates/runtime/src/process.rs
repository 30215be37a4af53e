//! Which process a number means: pid, start time and boot together name one process for ever.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags};
use serde::{Deserialize, Serialize};
use tokio::io::unix::AsyncFd;

/// A process, as the agent's pid namespace sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    pub pid: u32,
    /// Clock ticks after boot at which it was started: tells it from a later process of its number.
    pub start_time: u64,
    /// The kernel's boot id, without which the two above mean nothing.
    pub boot: String,
}

impl ProcessId {
    /// `None`: it is gone already.
    pub fn of(pid: u32) -> Option<Self> {
        Some(Self {
            pid,
            start_time: start_time(pid)?,
            boot: boot_id(),
        })
    }

    /// The process, if it lives; the descriptor stays true when its number is used anew.
    pub fn living(&self) -> Option<OwnedFd> {
        if self.boot != boot_id() {
            return None;
        }
        living(self.pid, self.start_time)
    }

    pub fn life(&self) -> u64 {
        life(self.pid, self.start_time)
    }
}

/// First the descriptor, then the comparison: after it nothing can take the process's place.
pub fn living(pid: u32, started: u64) -> Option<OwnedFd> {
    let raw = Pid::from_raw(i32::try_from(pid).ok()?)?;
    let pidfd = rustix::process::pidfd_open(raw, PidfdFlags::NONBLOCK).ok()?;
    (start_time(pid) == Some(started)).then_some(pidfd)
}

/// A number that the process shares with no other of this boot.
pub fn life(pid: u32, start_time: u64) -> u64 {
    const PID_BITS: u32 = 22;
    start_time << PID_BITS | u64::from(pid)
}

#[expect(
    unsafe_code,
    reason = "tokio wants the promise that the descriptor stays the same"
)]
pub fn registered(pidfd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor is one and the same until it is dropped, and nothing here replaces it.
    Ok(unsafe { AsyncFd::register(pidfd) }?)
}

/// Until the process has ended: its pidfd is readable then.
pub async fn ended(pidfd: OwnedFd) -> io::Result<()> {
    registered(pidfd)?.readable().await.map(drop)
}

pub fn boot_id() -> String {
    let id = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    id.trim().to_owned()
}

/// Field 22 of `stat`; `None` for a process that is gone or a zombie, which runs nothing any more.
pub fn start_time(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command's name stands in parentheses and may hold anything, also a parenthesis.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split(' ');
    let state = fields.next()?;
    if matches!(state, "Z" | "X") {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_a_start_time_as_long_as_it_lives() {
        assert!(start_time(std::process::id()).is_some());
        assert_eq!(start_time(u32::MAX), None);
    }
}
