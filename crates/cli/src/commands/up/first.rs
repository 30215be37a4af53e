//! Who keeps the folder, when several say `up` at once.
//!
//! ```text
//! taken by another ──it answers──▶ Taken           the lock is the kernel's: it goes with its process,
//!        └──it ends without──▶ ours to take        and `up -d` hands its own on to the keeper it starts
//! ```

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use anyhow::Context;
use tokio::time::{Instant, sleep};

use crate::embedded::{DataFolder, Keeper, UpRecord};
use crate::failure::{Exit, Failure};

/// Longer than a keeper's own patience with what it starts.
const PATIENCE: Duration = Duration::from_mins(3);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub enum Place {
    Ours(File),
    /// Another keeper has it, and everything answers.
    Taken(UpRecord),
}

/// `handed`: whoever started this process has the lock already, and gave it as standard input.
pub async fn take(folder: &DataFolder, handed: bool) -> anyhow::Result<Place> {
    if handed && let Some(lock) = handed_on(folder)? {
        return Ok(Place::Ours(lock));
    }
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if let Some(lock) = Keeper::lock(folder)? {
            return Ok(Place::Ours(lock));
        }
        let record = UpRecord::read(folder);
        if let Some(record) = record.filter(|record| record.ready && record.keeper.is_alive()) {
            return Ok(Place::Taken(record));
        }
        sleep(LOOK_AGAIN).await;
    }
    let message = format!(
        "another nova-ve up has been starting in {} for long",
        folder.path().display()
    );
    Err(Failure::new(Exit::TRY_AGAIN, message)
        .hint("see how far it is: nova-ve status; its words: logs/server.log in that folder")
        .into())
}

/// The lock itself, taken over; standard input is empty from then on.
fn handed_on(folder: &DataFolder) -> anyhow::Result<Option<File>> {
    let input = std::io::stdin();
    let given = input
        .as_fd()
        .try_clone_to_owned()
        .context("failed to look at standard input")?;
    let given = File::from(given);
    let wanted = folder.file("up.lock").metadata();
    let same = match (given.metadata(), wanted) {
        (Ok(given), Ok(wanted)) => (given.dev(), given.ino()) == (wanted.dev(), wanted.ino()),
        (Ok(_) | Err(_), _) => false,
    };
    if !same {
        return Ok(None);
    }
    let nothing = File::open("/dev/null").context("failed to open /dev/null")?;
    rustix::stdio::dup2_stdin(&nothing).context("failed to empty standard input")?;
    Keeper::relock(given, folder)
}
