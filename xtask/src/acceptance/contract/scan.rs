//! What a neighbour reaches: a namespace beside the machine, joined by one cable, tries every port.

use std::collections::BTreeSet;
use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use nix::sched::{CloneFlags, setns, unshare};

use super::machine::Machine;

const MACHINE: &str = "198.51.100.1";
/// On one cable an answer, also a refusal, comes at once.
const PATIENCE: Duration = Duration::from_millis(500);

pub fn run(machine: &Machine) -> anyhow::Result<()> {
    let network = machine.network()?;
    let open = thread::spawn(move || scan(&network))
        .join()
        .ok()
        .context("the neighbour ended")??;
    machine.sh("ip link delete scan0 2>/dev/null || true")?;
    if open != BTreeSet::from([80]) {
        bail!("a neighbour reaches the ports {open:?}, and should reach 80 alone");
    }
    Ok(())
}

/// In a thread of its own, which becomes the neighbour and takes its namespace along when it ends.
fn scan(machine: &File) -> anyhow::Result<BTreeSet<u16>> {
    unshare(CloneFlags::CLONE_NEWNET).context("failed to make the neighbour's namespace")?;
    let own = File::open("/proc/thread-self/ns/net")?;
    // Made on the machine's side, and one end given to this thread's namespace.
    setns(machine.as_fd(), CloneFlags::CLONE_NEWNET)?;
    ip(&[
        "link", "add", "scan0", "type", "veth", "peer", "name", "scan1",
    ])?;
    ip(&["link", "set", "scan0", "up"])?;
    ip(&["address", "add", &format!("{MACHINE}/24"), "dev", "scan0"])?;
    let keeper = hold(&own)?;
    ip(&["link", "set", "scan1", "netns", &keeper.id().to_string()])?;
    setns(own.as_fd(), CloneFlags::CLONE_NEWNET)?;
    ip(&["address", "add", "198.51.100.2/24", "dev", "scan1"])?;
    ip(&["link", "set", "scan1", "up"])?;
    let open = (1..=u16::MAX).filter(|port| answers(*port)).collect();
    end(keeper)?;
    Ok(open)
}

/// A process in the neighbour's namespace, by whose number `ip` finds it.
fn hold(own: &File) -> anyhow::Result<std::process::Child> {
    let back = File::open("/proc/thread-self/ns/net")?;
    setns(own.as_fd(), CloneFlags::CLONE_NEWNET)?;
    let child = std::process::Command::new("sleep").arg("600").spawn()?;
    setns(back.as_fd(), CloneFlags::CLONE_NEWNET)?;
    Ok(child)
}

fn end(mut keeper: std::process::Child) -> anyhow::Result<()> {
    keeper.kill()?;
    keeper.wait()?;
    Ok(())
}

fn answers(port: u16) -> bool {
    let Ok(address) = format!("{MACHINE}:{port}").parse::<SocketAddr>() else {
        return false;
    };
    TcpStream::connect_timeout(&address, PATIENCE).is_ok()
}

fn ip(args: &[&str]) -> anyhow::Result<()> {
    let out = std::process::Command::new("ip").args(args).output()?;
    if !out.status.success() {
        bail!(
            "ip {}: {}",
            args.join(" "),
            String::from_utf8_lossy(&out.stderr).trim()
        );
    }
    Ok(())
}
