//! The supervisor that a record names.

use std::os::fd::OwnedFd;

use super::folder::Record;
use crate::process;

pub use crate::process::{boot_id, start_time};

/// If it lives.
pub fn living(record: &Record) -> Option<OwnedFd> {
    if record.boot != boot_id() {
        return None;
    }
    process::living(record.pid, record.start_time)
}

/// A number that this process shares with no other of this boot.
pub fn life(record: &Record) -> u64 {
    process::life(record.pid, record.start_time)
}
