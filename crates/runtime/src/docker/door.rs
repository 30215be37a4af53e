//! Where a node's gate knocks: its connection is the news that a container waits, and the byte it gets
//! lets it go.
//!
//! Anybody in the container may connect. Who is let in is the container's first process running the gate's
//! very file, and nobody else; the others are not answered.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::{UnixListener, UnixStream};

use super::driver::{Driver, WeakDriver};
use super::folder::{NodeFolder, unless_missing};
use super::life::Stage;
use super::{acts, gate};
use crate::driver::{DriverError, DriverEvent, NodeRef};
use crate::process::{self, ProcessId};

/// From the end of a process to Docker's word on how it ended.
const DIES_WITHIN: Duration = Duration::from_secs(3);

/// Listens for the node's gate, unless somebody does.
pub fn open(driver: &Driver, node: NodeRef) -> Result<(), DriverError> {
    let is_open = driver.with(node, |known| {
        known.door.as_ref().is_some_and(|door| !door.is_finished())
    });
    if is_open == Some(true) && driver.folder(node).door().exists() {
        return Ok(());
    }
    let listener = listen(driver, &driver.folder(node))
        .map_err(|error| DriverError::failed("listen for the node's gate", error))?;
    let task = tokio::spawn(answer(driver.weak(), node, listener)).abort_handle();
    let before = driver.with(node, |known| known.door.replace(task));
    if let Some(before) = before.flatten() {
        before.abort();
    }
    Ok(())
}

/// By a short path: a socket's own may have no more than 107 bytes.
fn listen(driver: &Driver, folder: &NodeFolder) -> io::Result<UnixListener> {
    folder.create()?;
    gate::put(&driver.gate, &folder.program())?;
    unless_missing(fs::remove_file(folder.door()))?;
    let open = File::options()
        .read(true)
        .custom_flags(nix::libc::O_PATH | nix::libc::O_DIRECTORY)
        .open(folder.gate())?;
    let listener = UnixListener::bind(format!("/proc/self/fd/{}/door", open.as_raw_fd()))?;
    // For a container that runs as anybody.
    fs::set_permissions(folder.door(), fs::Permissions::from_mode(0o666))?;
    Ok(listener)
}

async fn answer(driver: WeakDriver, node: NodeRef, listener: UnixListener) {
    loop {
        let accepted = listener.accept().await;
        let Some(driver) = driver.get() else { return };
        match accepted {
            Ok((stream, _)) => knocked(&driver, node, stream),
            Err(error) => {
                tracing::warn!(%node, %error, "a gate cannot be let in");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

fn knocked(driver: &Driver, node: NodeRef, stream: UnixStream) {
    let pid = stream.peer_cred().ok().and_then(|peer| peer.pid());
    let pid = pid.and_then(|pid| u32::try_from(pid).ok());
    let knocker = pid.and_then(|pid| gate::knocker(pid, &driver.folder(node).program()));
    // Its connection is open still, so the number was its own all along.
    let is_open = matches!(stream.try_read(&mut [0]), Err(error) if error.kind() == io::ErrorKind::WouldBlock);
    let Some(process) = knocker.filter(|_| is_open) else {
        tracing::debug!(%node, pid, "what knocks is no gate of a container");
        return;
    };
    let Some(pidfd) = process.living() else {
        return;
    };
    let is_wished = driver.with(node, |known| known.life().is_some());
    if is_wished != Some(true) {
        end_uninvited(driver, node, &pidfd);
        return;
    }
    driver.change(node, |known| {
        // Who knocks has come up anew, whatever was heard of the one before.
        known.rest("");
        known.stage = Stage::Held;
        known.gate = Some(Arc::new(stream));
        if let Some(life) = &mut known.record.life {
            life.process = Some(process.clone());
            life.end = None;
            life.commands.clear();
            life.shells.clear();
        }
    });
    crate::faults::point(|| format!("{node}: its gate has knocked"));
    follow(driver, node, process, pidfd);
}

/// Somebody started a container by hand that rests by its lab's wish.
fn end_uninvited(driver: &Driver, node: NodeRef, pidfd: &OwnedFd) {
    // Gone already is as good.
    let _ = rustix::process::pidfd_send_signal(pidfd, Signal::KILL);
    let message =
        "its container was started by hand and is ended: the node shall not run".to_owned();
    driver.tell(DriverEvent::Notice { node, message });
}

/// Waits for the end of a container's first process. Docker says how it ended; where it says nothing, the
/// end is all that is known.
pub fn follow(driver: &Driver, node: NodeRef, its: ProcessId, pidfd: OwnedFd) {
    let driver = driver.weak();
    tokio::spawn(async move {
        if let Err(error) = process::ended(pidfd).await {
            tracing::warn!(%node, %error, "nobody waits for the container's end");
            return;
        }
        let Some(strong) = driver.get() else { return };
        if strong.engine.down().is_none() {
            drop(strong);
            tokio::time::sleep(DIES_WITHIN).await;
        }
        let Some(driver) = driver.get() else { return };
        let why = match driver.engine.down() {
            Some(_) => "its container ended with its Docker engine",
            None => "its container ended, and Docker does not say how",
        };
        acts::found_ended(&driver, node, &its, why);
    });
}
