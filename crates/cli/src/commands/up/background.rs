//! `up -d`: another process of this program keeps server and agent; this one waits until it is ready.

use std::fs::File;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep};

use super::first::{self, Place};
use super::words;
use crate::embedded::{self, DataFolder, Log, UpRecord, tail};
use crate::failure::{Exit, Failure};
use crate::output::{print, remark};

/// Longer than the keeper's own patience, which ends first and says why.
const PATIENCE: Duration = Duration::from_mins(3);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub async fn start(folder: &DataFolder, listen: Option<SocketAddr>) -> anyhow::Result<Exit> {
    folder.ensure()?;
    let lock = match first::take(folder, false).await? {
        Place::Ours(lock) => lock,
        Place::Taken(record) => {
            print(&words::already(&record, folder));
            return Ok(Exit::DONE);
        }
    };
    embedded::require_room(folder)?;
    let log = Log {
        path: folder.log_file("up.log"),
    };
    let password = folder.file("admin-password");
    let had_password = password.exists();
    let output = log.open()?;
    let from = log.length();
    let mut keeper = spawn(folder, listen, lock, output)?;
    let outcome = wait(folder, &mut keeper).await;
    if matches!(outcome, Ok(Exit::DONE)) {
        // Said here, not by the keeper, whose words go to a log.
        let new = std::fs::read_to_string(&password)
            .ok()
            .filter(|_| !had_password);
        let url = UpRecord::read(folder)
            .map(|record| record.url)
            .unwrap_or_default();
        print(&words::up(&url, folder, new.as_deref().map(str::trim)));
    }
    tell_its_words(&log, from, &outcome);
    outcome
}

/// Why it did not come up, or what is not in order.
fn tell_its_words(log: &Log, from: u64, outcome: &anyhow::Result<Exit>) {
    let said = tail(&log.path, from, 100);
    match outcome {
        _ if !said.is_empty() => remark(&said),
        Ok(Exit::DONE) | Err(_) => {}
        Ok(Exit(code)) => remark(&format!(
            "nova-ve ended while starting (status {code}) and could write no word to {}; see what it \
             says in the foreground: nova-ve up",
            log.path.display()
        )),
    }
}

/// The keeper has the lock from its first moment on: of several `up -d` at once, one starts anything.
fn spawn(
    folder: &DataFolder,
    listen: Option<SocketAddr>,
    lock: File,
    output: File,
) -> anyhow::Result<Child> {
    let errors = output.try_clone().context("failed to share a log")?;
    let program = std::env::current_exe().context("failed to find this program's own path")?;
    let mut command = Command::new(program);
    command
        .args(["up", "--background"])
        .arg("--data")
        .arg(folder.path());
    if let Some(address) = listen {
        command.arg("--listen").arg(address.to_string());
    }
    command
        .current_dir("/")
        .stdin(lock)
        .stdout(output)
        .stderr(errors)
        .spawn()
        .context("failed to start the keeper")
}

/// Until the keeper says that it is ready, or ends.
async fn wait(folder: &DataFolder, keeper: &mut Child) -> anyhow::Result<Exit> {
    let deadline = Instant::now() + PATIENCE;
    let pid = keeper.id();
    loop {
        if let Some(status) = keeper.try_wait().context("failed to watch the keeper")? {
            let code = status.code().and_then(|code| u8::try_from(code).ok());
            return Ok(code.map_or(Exit::SOFTWARE, Exit));
        }
        let ready = UpRecord::read(folder)
            .is_some_and(|record| record.ready && Some(record.keeper.pid) == pid);
        if ready {
            return Ok(Exit::DONE);
        }
        if Instant::now() > deadline {
            return Err(Failure::new(Exit::TRY_AGAIN, "nova-ve is still starting")
                .hint("see how far it is: nova-ve status")
                .into());
        }
        sleep(LOOK_AGAIN).await;
    }
}
