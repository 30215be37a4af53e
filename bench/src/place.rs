//! Where a benchmark runs: in a network namespace of its own, so that nothing of the host is touched
//! and nothing of the host is in the way.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use crate::netlink::Netlink;
use crate::netlink::device::raise;

/// So many requests in a row, none longer than this, and nobody works at devices.
const QUICK: Duration = Duration::from_millis(2);
const IN_A_ROW: u32 = 20;
const BETWEEN: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_mins(1);

/// For the rest of this process, which must have one thread still.
pub fn own_network() -> anyhow::Result<()> {
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET)
        .context("make a network namespace of its own")?;
    let up = Command::new("ip")
        .args(["link", "set", "lo", "up"])
        .status();
    if !up.context("start ip")?.success() {
        bail!("lo could not be raised");
    }
    Ok(())
}

/// Waits until the kernel has taken down what an earlier measurement left it: it goes on with that, under
/// the lock that all network namespaces share, after the last process of a namespace has ended.
#[expect(clippy::disallowed_methods, reason = "nothing runs beside it")]
pub fn until_quiet() -> anyhow::Result<()> {
    let mut netlink = Netlink::open()?;
    let deadline = Instant::now() + PATIENCE;
    let mut quick = 0;
    while quick < IN_A_ROW {
        let begun = Instant::now();
        netlink.one(raise("lo"))?;
        quick = if begun.elapsed() < QUICK {
            quick + 1
        } else {
            0
        };
        if Instant::now() > deadline {
            bail!("somebody else works at network devices of this machine all the time");
        }
        std::thread::sleep(BETWEEN);
    }
    Ok(())
}

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
