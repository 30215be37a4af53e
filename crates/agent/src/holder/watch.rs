//! An agent without root waits for the end of its holder, which is not to end.

use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open, waitpid};
use tokio::io::unix::AsyncFd;

use super::process::Which;
use super::{Holder, HolderError, start};

/// Between two tries to start another.
const PAUSE: Duration = Duration::from_secs(1);

/// Puts another one in its place each time it ends, and tells it. The agent must be in its namespaces.
pub async fn watch(record: PathBuf, mut holder: Holder, tell: impl Fn(&str)) {
    loop {
        if let Err(error) = end_of(&holder).await {
            tracing::error!(pid = holder.pid, %error, "the holder cannot be waited for");
            return;
        }
        tracing::warn!(pid = holder.pid, "the holder has ended");
        holder = replace(&record, &tell).await;
        tell(
            "the process that holds the namespaces of all labs was killed; another one holds \
             them now, and nodes and links are as they were",
        );
    }
}

async fn end_of(holder: &Holder) -> io::Result<()> {
    let pid = holder.rustix_pid()?;
    let pidfd = match pidfd_open(pid, PidfdFlags::NONBLOCK) {
        Ok(pidfd) if holder.lives() => pidfd,
        Ok(_) | Err(rustix::io::Errno::SRCH) => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    registered(pidfd)?.readable().await?.retain_ready();
    reap(pid);
    Ok(())
}

#[expect(
    unsafe_code,
    reason = "tokio wants the promise that the descriptor stays the same"
)]
fn registered(pidfd: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an owned descriptor is one and the same until it is dropped, and nothing here replaces it.
    Ok(unsafe { AsyncFd::register(pidfd) }?)
}

/// A holder that this agent started is its child; one of an agent before is not, which is no error.
fn reap(pid: Pid) {
    let _ = waitpid(Some(pid), WaitOptions::NOHANG);
}

/// Until one stands.
async fn replace(record: &Path, tell: &impl Fn(&str)) -> Holder {
    let mut told = false;
    loop {
        let path = record.to_owned();
        let started = tokio::task::spawn_blocking(move || start(&path, Which::Inherited)).await;
        let error = match started {
            Ok(Ok(holder)) => return holder,
            Ok(Err(error)) => error,
            Err(error) => HolderError::Spawn(io::Error::other(error)),
        };
        tracing::error!(%error, "no other holder could be started");
        if !told {
            told = true;
            tell(&format!(
                "the process that holds the namespaces of all labs was killed, and no other could \
                 be started ({error}): links are lost when the agent ends too"
            ));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
