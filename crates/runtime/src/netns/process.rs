//! Which process a number means: pid, start time and boot together name one process for ever.

use std::fs;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags};

use super::folder::Record;

/// The supervisor of a record, if it lives; the descriptor stays true when its number is used anew.
pub fn living(record: &Record) -> Option<OwnedFd> {
    if record.boot != boot_id() {
        return None;
    }
    let pid = Pid::from_raw(i32::try_from(record.pid).ok()?)?;
    // First the descriptor, then the comparison: after it nothing can take the process's place.
    let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::NONBLOCK).ok()?;
    let same = start_time(record.pid) == Some(record.start_time);
    same.then_some(pidfd)
}

/// A number that this process shares with no other of this boot.
pub fn life(record: &Record) -> u64 {
    const PID_BITS: u32 = 22;
    record.start_time << PID_BITS | u64::from(record.pid)
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
