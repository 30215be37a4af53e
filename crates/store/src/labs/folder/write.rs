//! Putting files in place: temporary file, sync, rename, sync of the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use model::LabId;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::read::Stamp;
use super::{Folder, TRASH, failed};
use crate::StoreError;

/// Whether a file may be in the place already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::labs) enum Place {
    Free,
    Any,
}

impl Folder {
    /// The first half of a write: the contents are safe on disk, in no place yet.
    pub(in crate::labs) fn write_temp(&self, id: LabId, text: &str) -> Result<(), StoreError> {
        let temp = self.temp(id);
        let written = write_synced(&temp, text);
        if written.is_err() {
            // On a full disk half a file would only take the room away.
            let _ = fs::remove_file(&temp);
        }
        written.map_err(failed("write", &temp))
    }

    /// The second half: whoever looks sees the old file or the new one, whole.
    /// `None`: the place should be free, and is not.
    pub(in crate::labs) fn put_in_place(
        &self,
        id: LabId,
        place: Place,
        now_ms: u64,
    ) -> Result<Option<Stamp>, StoreError> {
        let (temp, path) = (self.temp(id), self.file(id));
        let file = File::open(&temp).map_err(failed("open", &temp))?;
        match place {
            Place::Any => fs::rename(&temp, &path).map_err(failed("replace", &path))?,
            Place::Free => {
                if !rename_to_free(&temp, &path).map_err(failed("create", &path))? {
                    let _ = fs::remove_file(&temp);
                    return Ok(None);
                }
            }
        }
        self.sync()?;
        // Of the file that is ours, whatever lies in its place by now.
        let metadata = file.metadata().map_err(failed("look at", &path))?;
        Ok(Some(Stamp::of(&metadata, now_ms)))
    }

    /// Moves a lab's file to the trash. No file there is fine.
    pub(in crate::labs) fn move_to_trash(
        &self,
        id: LabId,
        at_ms: u64,
        suffix: &str,
    ) -> Result<(), StoreError> {
        let (path, trash) = (self.file(id), self.trash(id, at_ms, suffix));
        match fs::rename(&path, &trash) {
            Ok(()) => self.sync(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(failed("move to the trash", &path)(error)),
        }
    }

    /// Keeps contents that no file holds any more.
    pub(in crate::labs) fn write_to_trash(
        &self,
        id: LabId,
        at_ms: u64,
        suffix: &str,
        text: &str,
    ) -> Result<(), StoreError> {
        let trash = self.trash(id, at_ms, suffix);
        write_synced(&trash, text).map_err(failed("write", &trash))
    }

    pub(in crate::labs) fn is_in_trash(&self, id: LabId, at_ms: u64) -> bool {
        self.trash(id, at_ms, "").exists()
    }

    fn trash(&self, id: LabId, at_ms: u64, suffix: &str) -> PathBuf {
        self.path
            .join(TRASH)
            .join(format!("{id}-{at_ms}{suffix}.json"))
    }

    fn sync(&self) -> Result<(), StoreError> {
        let synced = File::open(&self.path).and_then(|folder| folder.sync_all());
        synced.map_err(failed("sync", &self.path))
    }
}

fn write_synced(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o640)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// `false`: the place is taken. File systems that cannot rename to a free place only are asked
/// first; the folder has no other writer of ours.
fn rename_to_free(from: &Path, to: &Path) -> io::Result<bool> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(true),
        Err(Errno::EXIST) => Ok(false),
        Err(Errno::INVAL | Errno::NOSYS) if fs::symlink_metadata(to).is_ok() => Ok(false),
        Err(Errno::INVAL | Errno::NOSYS) => fs::rename(from, to).map(|()| true),
        Err(error) => Err(error.into()),
    }
}
