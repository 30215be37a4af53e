//! No IPv6 on the host's side of a lab: a bridge or host end must not speak on the lab's wires.
//!
//! It is a sysctl of each device, not a field of the making message. Where the network namespace is
//! our own (rootless, in a user namespace), the namespace's default is turned off once and new
//! devices need nothing. In the host's own namespace that default is not ours to change, so each
//! device is set after it was made: nothing was sent yet, since neither a bridge without ports nor a
//! host end whose node end is still down has carrier.

use std::fs;
use std::io;

use crate::error::{Error, Result};

const CONF: &str = "/proc/sys/net/ipv6/conf";
/// The inode of the first user namespace is fixed in the kernel.
const FIRST_USER_NAMESPACE: &str = "user:[4026531837]";

pub(super) struct Ipv6 {
    off_by_default: bool,
}

impl Ipv6 {
    pub(super) fn off_by_default_where_it_is_ours() -> Self {
        let path = format!("{CONF}/default/disable_ipv6");
        if !in_first_user_namespace() {
            // Refused where /proc is read-only: each device is then set, or says why it cannot be.
            drop(fs::write(&path, "1"));
        }
        let now = fs::read_to_string(&path).unwrap_or_default();
        Self {
            off_by_default: now.trim() == "1",
        }
    }

    /// Turns it off on one device, which must have been made but not have carrier yet.
    pub(super) fn turn_off(&self, name: &str) -> Result<()> {
        let path = format!("{CONF}/{name}/disable_ipv6");
        self.turn_off_by(name, || write_unless_so(&path))
    }

    /// The same for a device that was made a moment ago: what it is by default needs no look.
    pub(super) fn turn_off_new(&self, name: &str) -> Result<()> {
        let path = format!("{CONF}/{name}/disable_ipv6");
        self.turn_off_by(name, || fs::write(&path, "1"))
    }

    fn turn_off_by(&self, name: &str, write: impl FnOnce() -> io::Result<()>) -> Result<()> {
        if self.off_by_default {
            return Ok(());
        }
        told(name, write())
    }
}

/// The same on one where it may have been turned on by us.
pub(super) fn turn_off_again(name: &str) -> Result<()> {
    told(
        name,
        write_unless_so(&format!("{CONF}/{name}/disable_ipv6")),
    )
}

fn told(name: &str, outcome: io::Result<()>) -> Result<()> {
    match outcome {
        // A kernel without IPv6, or one that has it off altogether.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome.map_err(|source| Error::Ipv6 {
            name: name.to_owned(),
            source,
        }),
    }
}

fn write_unless_so(path: &str) -> io::Result<()> {
    if fs::read_to_string(path)?.trim() == "1" {
        return Ok(());
    }
    fs::write(path, "1")
}

fn in_first_user_namespace() -> bool {
    fs::read_link("/proc/self/ns/user").is_ok_and(|link| link.as_os_str() == FIRST_USER_NAMESPACE)
}
