//! The folder on disk: reads that trust nothing, writes that are whole or not there.
//!
//! Everything here blocks. Names: `<uuid>.json` is a lab, `.<uuid>.json.tmp` a write under way,
//! `.trash/` what was deleted, `.folder_id` which folder it is, `.lock` tells that a process holds it.

mod mark;
mod read;
mod trash;
mod write;

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use model::LabId;
use rustix::fs::{FlockOperation, flock};
use sha2::{Digest, Sha256};

use crate::StoreError;

pub(super) use mark::MARK;
pub(super) use read::{Listed, Look, Stamp};
pub use trash::TRASH_KEPT_MS;
pub(super) use write::Place;

/// A larger file is no lab of anybody's; it is refused unread.
pub const MAX_LAB_BYTES: u64 = model::limits::LAB_MAX_BYTES as u64;

const LOCK: &str = ".lock";
const TRASH: &str = ".trash";
const TEMP_SUFFIX: &str = ".json.tmp";

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The lock lasts as long as this is open, so a killed process leaves none.
    _lock: File,
}

impl Folder {
    /// Makes the folder when it is absent, and takes it for this process.
    pub(super) fn open(path: PathBuf) -> Result<Self, StoreError> {
        for folder in [path.clone(), path.join(TRASH)] {
            let made = DirBuilder::new()
                .recursive(true)
                .mode(0o750)
                .create(&folder);
            made.map_err(failed("create", &folder))?;
        }
        let lock = path.join(LOCK);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&lock);
        let file = file.map_err(failed("open", &lock))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(StoreError::FolderInUse { folder: path });
            }
            Err(error) => return Err(failed("lock", &lock)(error.into())),
        }
        let folder = Self { path, _lock: file };
        folder.remove_temps()?;
        Ok(folder)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn file(&self, id: LabId) -> PathBuf {
        self.path.join(format!("{id}.json"))
    }

    fn temp(&self, id: LabId) -> PathBuf {
        self.path.join(format!(".{id}{TEMP_SUFFIX}"))
    }

    /// Writes that a crash broke off; nobody else writes here, the lock is ours.
    fn remove_temps(&self) -> Result<(), StoreError> {
        let is_temp = |name: &OsStr| {
            let name = name.to_string_lossy();
            name.starts_with('.') && name.ends_with(TEMP_SUFFIX)
        };
        let entries = fs::read_dir(&self.path).map_err(failed("list", &self.path))?;
        for entry in entries.filter_map(Result::ok) {
            if is_temp(&entry.file_name())
                && let Err(error) = fs::remove_file(entry.path())
            {
                // The next write of that lab says so again, to the person who waits for it.
                tracing::warn!(file = %entry.path().display(), %error, "labs.temp not removed");
            }
        }
        Ok(())
    }
}

/// The lab a file name speaks of: only the one form that we write ourselves.
fn id_of(name: &str) -> Option<LabId> {
    let id: LabId = name.strip_suffix(".json")?.parse().ok()?;
    (format!("{id}.json") == name).then_some(id)
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::File {
        doing,
        path,
        source,
    }
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}
