//! Room that is kept on a disk for what makes room: on a full one a node can still be stopped, wiped and
//! removed.
//!
//! A file of `RESERVE_BYTES` beside what its owner writes. It is given up when the disk takes nothing
//! more and somebody asks for what makes room, and taken again when there is some. Server and agent have
//! one each, as either may have a disk of its own.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// More than a change of a lab's wishes takes in the database and in the agent's ledger together.
pub const RESERVE_BYTES: u64 = 2 << 20;
/// `st_blocks` counts these, whatever the disk's own are.
const BLOCK: u64 = 512;

#[derive(Debug, Clone)]
pub struct Reserve {
    path: PathBuf,
}

impl Reserve {
    /// Takes nothing yet.
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Takes the room, if it is not taken and there is some. Waits for the disk.
    pub fn keep(&self) {
        if self.is_kept() {
            return;
        }
        match self.take() {
            Ok(()) => tracing::debug!(path = %self.path.display(), "reserve.kept"),
            Err(error) => {
                // Asked for again and again: a disk that is still full is no news.
                if !is_full(&error) {
                    tracing::warn!(path = %self.path.display(), %error, "no room is kept for stopping nodes on a full disk");
                }
                // What it took of the room is of use to others.
                let _ = fs::remove_file(&self.path);
            }
        }
    }

    /// Whether there is room now that was not there before.
    pub fn give_up(&self) -> bool {
        let given = self.is_kept() && fs::remove_file(&self.path).is_ok();
        if given {
            tracing::warn!(path = %self.path.display(), "reserve.given_up: the disk is full");
        }
        given
    }

    fn is_kept(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|file| file.blocks() * BLOCK >= RESERVE_BYTES)
    }

    fn take(&self) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&self.path)?;
        match fallocate(&file, FallocateFlags::empty(), 0, RESERVE_BYTES) {
            // Such a file system takes room only for what is written.
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => {
                io::copy(&mut io::repeat(0).take(RESERVE_BYTES), &mut file).map(drop)
            }
            taken => Ok(taken?),
        }
    }
}

/// Whether there was no room for what was written.
pub fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_taken_once_given_up_once_and_taken_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("reserve");
        let reserve = Reserve::at(path.clone());
        assert!(!reserve.give_up());
        reserve.keep();
        let file = fs::metadata(&path).unwrap();
        assert_eq!(file.len(), RESERVE_BYTES);
        assert_eq!(file.mode() & 0o777, 0o600);
        reserve.keep();
        assert_eq!(fs::metadata(&path).unwrap().ino(), file.ino());
        assert!(reserve.give_up());
        assert!(!path.exists() && !reserve.give_up());
        reserve.keep();
        assert!(reserve.give_up());
    }

    #[test]
    fn a_folder_that_takes_nothing_is_no_error() {
        let reserve = Reserve::at("/nowhere/at/all".into());
        reserve.keep();
        assert!(!reserve.give_up());
    }
}
