//! Whether the disk of the data folder has room: asked before anything fails for want of it, since a
//! log on a full disk keeps no words.

use std::fs::File;
use std::io::{self, ErrorKind, Write};

use rustix::fs::statvfs;

use super::DataFolder;
use crate::failure::{Exit, Failure};

/// What a start writes at least: a database, logs, the agent's base.
const NEEDED_BYTES: usize = 2 << 20;
/// A disk that has less is called full where a person looks.
const FULL_BELOW_BYTES: u64 = 1 << 20;

/// What a person does about it.
pub const MAKE_ROOM: &str = "make room there, then once more; what runs goes on meanwhile (what is large: du -xh DIR | sort -h)";

pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}

/// Refuses to begin on a full disk. Tried, not computed: a quota and the last inode are no room either.
pub fn require_room(folder: &DataFolder) -> anyhow::Result<()> {
    let probe = folder.file(&format!(".room-{}", std::process::id()));
    let tried = File::create(&probe).and_then(|mut file| file.write_all(&vec![0; NEEDED_BYTES]));
    let _ = std::fs::remove_file(&probe);
    match tried {
        Err(error) if is_full(&error) => Err(full(folder).into()),
        // Whatever else is wrong is found by whom it stops, with better words.
        Ok(()) | Err(_) => Ok(()),
    }
}

fn full(folder: &DataFolder) -> Failure {
    let free = free_bytes(folder).unwrap_or_default();
    let message = format!(
        "the disk that holds {} is full: {} KiB are free, and a start needs {} KiB",
        folder.path().display(),
        free >> 10,
        NEEDED_BYTES >> 10
    );
    Failure::new(Exit::IO, message).hint(MAKE_ROOM)
}

/// A sentence for a person, where the disk is as good as full.
pub fn words(folder: &DataFolder) -> Option<String> {
    let free = free_bytes(folder)?;
    (free < FULL_BELOW_BYTES).then(|| {
        format!(
            "full: {} KiB are free; until there is room nodes can be stopped and labs removed, nothing else; what runs goes on",
            free >> 10
        )
    })
}

/// For who is no administrator of the host.
fn free_bytes(folder: &DataFolder) -> Option<u64> {
    let disk = statvfs(folder.path()).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
