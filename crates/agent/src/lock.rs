//! One agent a network namespace, and one a data folder.
//!
//! Abstract socket names are counted per network namespace, so holding one is a lock of exactly the
//! right extent. The kernel lets go of both locks when the process ends, however it ends. A process
//! that it was just starting has them for a moment more, until it is another program: so who finds
//! them taken asks again for a while.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long an agent that was killed may seem to live, on a machine under load.
const PATIENCE: Duration = Duration::from_secs(3);
const AGAIN: Duration = Duration::from_millis(20);

/// Held as long as the agent works.
#[derive(Debug)]
pub struct Locks {
    _namespace: UnixListener,
    _folder: File,
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("another agent works in this network namespace; stop it first")]
    NamespaceTaken,
    #[error("another agent works in this data folder; stop it first")]
    FolderTaken,
    #[error("cannot take the agent's locks")]
    Io(#[from] std::io::Error),
}

/// Takes both locks, in the network namespace that the process is in now. Blocks its thread, the only one.
#[expect(clippy::disallowed_methods, reason = "no async runtime runs yet")]
pub fn take(folder_lock: &Path) -> Result<Locks, LockError> {
    let until = Instant::now() + PATIENCE;
    loop {
        match try_take(folder_lock) {
            Err(LockError::NamespaceTaken | LockError::FolderTaken) if Instant::now() < until => {
                thread::sleep(AGAIN);
            }
            outcome => return outcome,
        }
    }
}

fn try_take(folder_lock: &Path) -> Result<Locks, LockError> {
    let folder = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(folder_lock)?;
    folder.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => LockError::FolderTaken,
        TryLockError::Error(error) => LockError::Io(error),
    })?;
    let address = SocketAddr::from_abstract_name("nova-ve-agent")?;
    let namespace = UnixListener::bind_addr(&address).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => LockError::NamespaceTaken,
        _ => LockError::Io(error),
    })?;
    Ok(Locks {
        _namespace: namespace,
        _folder: folder,
    })
}
