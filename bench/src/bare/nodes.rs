//! A node of the bare program: a first process in seven namespaces of its own, that waits.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use anyhow::Context;
use nix::sched::{CloneFlags, setns};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use crate::netlink::Netlink;

const STACK_BYTES: usize = 64 * 1024;
const IDS: &str = "0 100000 65536";

pub struct Node {
    pid: Pid,
    netns: File,
    inside: Option<Netlink>,
}

impl Node {
    pub fn make() -> anyhow::Result<Self> {
        let seven = CloneFlags::CLONE_NEWUSER
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWUTS
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWCGROUP;
        let pid = fork_into(seven, || wait_for_ever())?;
        for map in ["uid_map", "gid_map"] {
            std::fs::write(format!("/proc/{pid}/{map}"), IDS).context("map the node's ids")?;
        }
        let netns = File::open(format!("/proc/{pid}/ns/net"))?;
        Ok(Self {
            pid,
            netns,
            inside: None,
        })
    }

    pub fn netns(&self) -> RawFd {
        self.netns.as_raw_fd()
    }

    /// A socket in its network namespace.
    pub fn inside(&mut self) -> anyhow::Result<&mut Netlink> {
        if self.inside.is_none() {
            let home = File::open("/proc/self/ns/net")?;
            setns(self.netns.as_fd(), CloneFlags::CLONE_NEWNET).context("join the node")?;
            let opened = Netlink::open();
            setns(home.as_fd(), CloneFlags::CLONE_NEWNET).context("leave the node")?;
            self.inside = Some(opened?);
        }
        self.inside.as_mut().context("no socket in the node")
    }

    pub fn end(self) -> anyhow::Result<()> {
        kill(self.pid, Signal::SIGKILL)?;
        waitpid(self.pid, None)?;
        Ok(())
    }
}

/// A copy of this process in new namespaces; it ends with what `life` says, or with this process.
#[expect(unsafe_code, reason = "the first process of a namespace is a fork")]
pub(super) fn fork_into(
    namespaces: CloneFlags,
    mut life: impl FnMut() -> isize,
) -> anyhow::Result<Pid> {
    let mut stack = vec![0; STACK_BYTES];
    let child = Box::new(move || {
        let dies_with_us = nix::sys::prctl::set_pdeathsig(Signal::SIGKILL);
        if dies_with_us.is_err() { 1 } else { life() }
    });
    let signal = Some(nix::libc::SIGCHLD);
    // SAFETY: this program has one thread, so nothing is locked in the copy; without CLONE_VM the
    // stack is the copy's own.
    let pid = unsafe { nix::sched::clone(child, &mut stack, namespaces, signal) };
    pid.context("make a process with namespaces of its own")
}

pub(super) fn wait_for_ever() -> ! {
    loop {
        nix::unistd::pause();
    }
}
