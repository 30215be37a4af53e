//! Putting files in place: temporary file, sync, rename, sync of the folder.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use model::LabId;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::read::Stamp;
use super::{Folder, TRASH, failed, sha256_hex};
use crate::StoreError;

/// What may be in the place already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::labs) enum Place {
    Free,
    /// The file with this hash. Any other was put there by hand since it was looked at: it is
    /// replaced too, and kept in the trash.
    Over {
        hash: String,
    },
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
        place: &Place,
        now_ms: u64,
    ) -> Result<Option<Stamp>, StoreError> {
        let (temp, path) = (self.temp(id), self.file(id));
        let file = File::open(&temp).map_err(failed("open", &temp))?;
        match place {
            Place::Over { hash } => self.replace(id, hash, now_ms)?,
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

    fn replace(&self, id: LabId, hash: &str, now_ms: u64) -> Result<(), StoreError> {
        let (temp, path) = (self.temp(id), self.file(id));
        match renameat_with(CWD, &temp, CWD, &path, RenameFlags::EXCHANGE) {
            Ok(()) => {}
            // Removed by hand just now, or a file system that cannot exchange.
            Err(Errno::NOENT | Errno::INVAL | Errno::NOSYS) => {
                return fs::rename(&temp, &path).map_err(failed("replace", &path));
            }
            Err(error) => return Err(failed("replace", &path)(error.into())),
        }
        // From here on the new contents are in place; the old ones have the other name.
        if fs::read(&temp).is_ok_and(|old| sha256_hex(&old) == hash) {
            return fs::remove_file(&temp).map_err(failed("remove", &temp));
        }
        let kept = self.trash(id, now_ms, "-by-hand");
        tracing::warn!(lab.id = %id, kept = %kept.display(),
            "the lab's file was changed by hand while it was edited here: the edit counts, the file is kept");
        fs::rename(&temp, &kept).map_err(failed("move to the trash", &temp))
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

pub(super) fn write_synced(path: &Path, text: &str) -> io::Result<()> {
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_by_hand_in_the_last_moment_is_kept_in_the_trash() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path().into()).unwrap();
        let id = LabId(uuid::Uuid::new_v4());
        let seen = |text: &str| Place::Over {
            hash: sha256_hex(text.as_bytes()),
        };
        let trash = || fs::read_dir(home.path().join(TRASH)).unwrap().count();
        fs::write(folder.file(id), "one").unwrap();
        folder.write_temp(id, "two").unwrap();
        folder.put_in_place(id, &seen("one"), 7).unwrap();
        assert_eq!(
            (fs::read(folder.file(id)).unwrap(), trash()),
            (b"two".into(), 0)
        );
        fs::write(folder.file(id), "by hand").unwrap();
        folder.write_temp(id, "three").unwrap();
        folder.put_in_place(id, &seen("two"), 7).unwrap();
        assert_eq!(fs::read(folder.file(id)).unwrap(), b"three");
        assert_eq!(
            fs::read(folder.trash(id, 7, "-by-hand")).unwrap(),
            b"by hand"
        );
        fs::remove_file(folder.file(id)).unwrap();
        folder.write_temp(id, "four").unwrap();
        folder.put_in_place(id, &seen("three"), 7).unwrap();
        assert_eq!(
            (fs::read(folder.file(id)).unwrap(), trash()),
            (b"four".into(), 1)
        );
        assert!(!folder.temp(id).exists());
    }
}
