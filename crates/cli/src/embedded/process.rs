//! A process that cannot be mistaken: its number and the tick at which it started.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::OwnedFd;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    pub pid: u32,
    /// Clock ticks after boot, field 22 of `/proc/PID/stat`.
    #[serde(default)]
    pub start_time: u64,
}

/// What became of a process that was asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// It was not there.
    Before,
    /// It ended by itself when asked.
    Asked,
    /// It had to be killed.
    Killed,
}

impl ProcessId {
    /// The process that has this number now.
    pub fn of(pid: u32) -> Option<Self> {
        let start_time = running_since(pid)?;
        Some(Self { pid, start_time })
    }

    pub fn is_alive(self) -> bool {
        running_since(self.pid) == Some(self.start_time)
    }

    /// A descriptor of this very process, if it lives.
    fn open(self) -> Option<OwnedFd> {
        let pid = Pid::from_raw(i32::try_from(self.pid).ok()?)?;
        let fd = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        // Looked at after opening: from here on the number cannot pass to another process unseen.
        self.is_alive().then_some(fd)
    }

    /// SIGTERM, and SIGKILL after `patience`.
    pub fn end(self, patience: Duration) -> Gone {
        let Some(fd) = self.open() else {
            return Gone::Before;
        };
        let _ = pidfd_send_signal(&fd, Signal::TERM);
        if wait(&fd, patience) {
            return Gone::Asked;
        }
        let _ = pidfd_send_signal(&fd, Signal::KILL);
        wait(&fd, Duration::from_secs(5));
        Gone::Killed
    }
}

/// The start of a process that is not just a leftover entry.
fn running_since(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; what follows its last parenthesis is plain.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let state = fields.first()?;
    if matches!(*state, "Z" | "X") {
        return None;
    }
    fields.get(19)?.parse().ok()
}

/// Whether the process ended within `patience`.
fn wait(fd: &OwnedFd, patience: Duration) -> bool {
    let deadline = Instant::now() + patience;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let timeout = Timespec {
            tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        };
        let mut fds = [PollFd::new(fd, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) => return false,
            Ok(_) => return true,
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::process::Command;

    use super::*;

    #[test]
    fn another_process_under_the_same_number_is_not_meant() {
        let me = ProcessId::of(std::process::id()).unwrap();
        assert!(me.is_alive());
        let other = ProcessId {
            start_time: me.start_time + 1,
            ..me
        };
        assert!(!other.is_alive());
        assert_eq!(other.end(Duration::ZERO), Gone::Before);
    }

    #[test]
    fn a_process_ends_when_asked() {
        let mut child = Command::new("sleep").arg("60").spawn().unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        assert_eq!(id.end(Duration::from_secs(5)), Gone::Asked);
        assert!(
            !id.is_alive(),
            "an unreaped leftover does not count as alive"
        );
        child.wait().unwrap();
    }

    #[test]
    fn a_deaf_process_is_killed() {
        let mut child = Command::new("sh")
            .args(["-c", "trap '' TERM; echo deaf; while :; do sleep 1; done"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0];
        std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut first).unwrap();
        let id = ProcessId::of(child.id()).unwrap();
        assert_eq!(id.end(Duration::from_millis(50)), Gone::Killed);
        child.wait().unwrap();
    }
}
