//! Where a benchmark runs: in a network namespace of its own, so that nothing of the host is touched
//! and nothing of the host is in the way.

use std::process::Command;

use anyhow::{Context, bail};

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

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
