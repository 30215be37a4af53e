//! Without root: a process that holds the agent's user, network and mount namespaces.
//!
//! ```text
//! serve ─spawns─▶ holder: unshare ─"unshared"─▶ serve: newuidmap, newgidmap ─"mapped"─▶ holder: "ready" ─▶ serve: holder.json, "kept"─▶ holder sleeps
//! serve ─setns─▶ works inside; ends, is killed, comes back ─setns─▶ the same namespaces, the same devices
//! ```
//! It does nothing but sleep, so that the agent can come and go. An agent that sees it end starts
//! another in the namespaces it is in itself, so that nothing is lost as long as one of the two lives. `holder.json` names it by pid and
//! start time; a number that was given to another process since is not taken for it.

mod idmap;
mod proc_stat;
mod process;
mod watch;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sched::{CloneFlags, setns};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{
    DumpableBehavior, Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal, set_dumpable_behavior,
};
use serde::{Deserialize, Serialize};

use crate::file::write_atomically;

pub use process::{Which, main};
pub use watch::watch;

#[derive(Debug, thiserror::Error)]
pub enum HolderError {
    #[error(
        "this kernel lets an ordinary user make no namespaces ({0}); `nova-ve doctor` says how to allow it, or start as root"
    )]
    Unshare(String),
    #[error(transparent)]
    IdMap(#[from] idmap::IdMapError),
    #[error("the holder process ended before it was ready: {0}")]
    Ended(String),
    #[error("cannot start the holder process")]
    Spawn(#[source] io::Error),
    #[error("cannot enter the holder's namespaces")]
    Join(#[source] io::Error),
    #[error("cannot keep {0}")]
    File(PathBuf, #[source] io::Error),
}

/// Which process it is, for good: pids are given again, but not with the same start time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub pid: i32,
    /// Clock ticks since boot, as `/proc/PID/stat` has it.
    pub start_time: u64,
}

const NAMESPACES: CloneFlags = CloneFlags::CLONE_NEWUSER
    .union(CloneFlags::CLONE_NEWNET)
    .union(CloneFlags::CLONE_NEWNS);

/// The holder that lives, if there is one.
pub fn find(record: &Path) -> Option<Holder> {
    let text = std::fs::read(record).ok()?;
    let holder: Holder = serde_json::from_slice(&text).ok()?;
    holder.lives().then_some(holder)
}

/// Finds the holder or starts one.
pub fn ensure(record: &Path) -> Result<Holder, HolderError> {
    match find(record) {
        Some(holder) => Ok(holder),
        None => start(record, Which::New),
    }
}

/// Finds the holder or starts one, and enters its namespaces: see [`Holder::join`].
pub fn enter(record: &Path) -> Result<Holder, HolderError> {
    let holder = ensure(record)?;
    holder.join()?;
    Ok(holder)
}

fn start(record: &Path, which: Which) -> Result<Holder, HolderError> {
    let exe = std::env::current_exe().map_err(HolderError::Spawn)?;
    let mut command = Command::new(exe);
    command.arg("holder-process");
    if which == Which::Inherited {
        command.arg("--inherited");
    }
    let mut child = command
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(HolderError::Spawn)?;
    let started = process::set_up(&mut child, which, |holder| {
        let text = serde_json::to_vec(holder).map_err(io::Error::from);
        text.and_then(|text| write_atomically(record, &text))
            .map_err(|error| HolderError::File(record.into(), error))
    });
    let holder = started.inspect_err(|_| {
        // Half a holder helps nobody; an error means that it ended already.
        let _ = child.kill();
        let _ = child.wait();
    })?;
    tracing::info!(pid = holder.pid, ?which, "holder.start");
    Ok(holder)
}

impl Holder {
    fn of(pid: i32) -> Option<Self> {
        let stat = proc_stat::read(pid)?;
        (!stat.is_dead()).then_some(Self {
            pid,
            start_time: stat.start_time,
        })
    }

    fn lives(&self) -> bool {
        Self::of(self.pid) == Some(*self)
    }

    /// Enters its namespaces. The process must have one thread, so this comes before tokio.
    pub fn join(&self) -> Result<(), HolderError> {
        let join = || -> io::Result<()> {
            let pidfd = pidfd_open(self.rustix_pid()?, PidfdFlags::empty())?;
            if !self.lives() {
                return Err(io::Error::other("it has just ended; start again"));
            }
            setns(pidfd, NAMESPACES)?;
            // The change of credentials hid our own `/proc/self` from ourselves.
            set_dumpable_behavior(DumpableBehavior::Dumpable)?;
            Ok(())
        };
        join().map_err(HolderError::Join)
    }

    /// Ends it and waits until it has ended (nobody may ever wait for it as a parent does). Its
    /// namespaces live on while anybody is in them.
    pub fn end(&self, within: Duration) -> io::Result<()> {
        let pidfd = pidfd_open(self.rustix_pid()?, PidfdFlags::empty())?;
        if !self.lives() {
            return Ok(());
        }
        // It has nothing to clean up, and a signal that can be ignored might be.
        pidfd_send_signal(&pidfd, Signal::KILL)?;
        let mut ended = [PollFd::new(&pidfd, PollFlags::IN)];
        let within = Timespec::try_from(within).map_err(io::Error::other)?;
        if poll(&mut ended, Some(&within))? == 0 && self.lives() {
            return Err(io::Error::other(format!(
                "the holder process {} does not end",
                self.pid
            )));
        }
        Ok(())
    }

    fn rustix_pid(&self) -> io::Result<Pid> {
        Pid::from_raw(self.pid).ok_or_else(|| io::Error::other("not a pid"))
    }
}
