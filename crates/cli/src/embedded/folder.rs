//! The data folder: where an embedded nova-ve keeps everything, and who may look into it.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::failure::{Exit, Failure};

#[derive(Debug, Clone)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// `--data` or `$NOVA_VE_DATA`, else `$XDG_DATA_HOME/nova-ve`, else `~/.local/share/nova-ve`.
    pub fn find(given: Option<&Path>) -> anyhow::Result<Self> {
        let path = match given {
            Some(path) => path.to_path_buf(),
            None => {
                default_path(|name| std::env::var_os(name).map(PathBuf::from)).ok_or_else(|| {
                    Failure::new(Exit::CONFIG, "neither $HOME nor $XDG_DATA_HOME is set")
                        .hint("say where the data lies: --data DIR, or NOVA_VE_DATA")
                })?
            }
        };
        let path = std::path::absolute(&path)
            .with_context(|| format!("failed to find the folder {}", path.display()))?;
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn log_file(&self, name: &str) -> PathBuf {
        self.path.join("logs").join(name)
    }

    /// Whether a nova-ve has lived here.
    pub fn is_inhabited(&self) -> bool {
        self.file("instance_id").exists()
    }

    /// A database without an identity: what its labs left in the kernel is named after an id that is gone.
    pub fn lost_identity(&self) -> Option<Failure> {
        // In the order in which a first start makes them, which may be under way.
        if !self.file("nova-ve.db").exists() || self.is_inhabited() {
            return None;
        }
        let file = self.file("instance_id");
        let shown = file.display();
        let message = format!(
            "{} has lost its identity: {shown} is missing",
            self.path.display()
        );
        Some(Failure::new(Exit::CONFIG, message).hint(format!(
            "put the old UUID back from a backup, for the devices of running labs are named after it\n\
             or, with no lab running: cat /proc/sys/kernel/random/uuid > {shown}"
        )))
    }

    /// Refuses a folder on a file system that cannot be written, or one whose rights forbid it.
    pub fn require_writable(&self) -> anyhow::Result<()> {
        use rustix::fs::{Access, access};
        let Err(error) = access(&self.path, Access::WRITE_OK) else {
            return Ok(());
        };
        let message = format!("{} cannot be written: {error}", self.path.display());
        Err(Failure::new(Exit::CONFIG, message)
            .hint("make it writable (mount it read-write, or give yourself the right), then once more")
            .into())
    }

    /// Makes the folder, for its owner alone; refuses one that is somebody else's or holds other things.
    pub fn ensure(&self) -> anyhow::Result<()> {
        self.refuse_foreign()?;
        for folder in [self.path.clone(), self.file("logs")] {
            DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&folder)
                .with_context(|| format!("failed to make the folder {}", folder.display()))?;
        }
        std::fs::set_permissions(&self.path, Permissions::from_mode(0o700))
            .with_context(|| format!("failed to close {} to others", self.path.display()))
    }

    /// Somebody else's folder is not ours to work in, nor one that holds other things.
    pub fn refuse_foreign(&self) -> anyhow::Result<()> {
        let Ok(meta) = self.path.metadata() else {
            return Ok(());
        };
        let shown = self.path.display();
        if !meta.is_dir() {
            return Err(Failure::new(Exit::CONFIG, format!("{shown} is no folder"))
                .hint("give another: --data DIR")
                .into());
        }
        let me = rustix::process::geteuid().as_raw();
        if meta.uid() != me {
            let whose = format!("{shown} belongs to user {}, not to user {me}", meta.uid());
            return Err(Failure::new(Exit::NO_PERMISSION, whose)
                .hint("run as its owner, or give another folder: --data DIR")
                .into());
        }
        if let Some(lost) = self.lost_identity() {
            return Err(lost.into());
        }
        // Looked at once more afterwards: another `up` may have moved in meanwhile.
        if !self.is_inhabited() && !self.may_move_in()? && !self.is_inhabited() {
            return Err(Failure::new(
                Exit::CONFIG,
                format!("{shown} holds other things and no nova-ve data"),
            )
            .hint("give an empty or a new folder: --data DIR")
            .into());
        }
        Ok(())
    }

    /// An empty folder, or one that an interrupted first start left.
    fn may_move_in(&self) -> anyhow::Result<bool> {
        let entries = std::fs::read_dir(&self.path)
            .with_context(|| format!("failed to look into {}", self.path.display()))?;
        Ok(entries.flatten().all(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with('.')
                || name.starts_with("instance_id.draft-")
                || [
                    "logs",
                    "labs",
                    "images",
                    "runtime",
                    "up.lock",
                    "admin-password",
                ]
                .contains(&name.as_ref())
        }))
    }
}

fn default_path(env: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let absolute = |name| env(name).filter(|path| path.is_absolute());
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|base| base.join("nova-ve"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::failure::explain;

    #[test]
    fn the_default_folder_follows_xdg_then_home() {
        let both = |name: &str| match name {
            "XDG_DATA_HOME" => Some("/data".into()),
            "HOME" => Some("/home/a".into()),
            _ => None,
        };
        assert_eq!(default_path(both).unwrap(), Path::new("/data/nova-ve"));
        let home = |name: &str| (name == "HOME").then(|| "/home/a".into());
        assert_eq!(
            default_path(home).unwrap(),
            Path::new("/home/a/.local/share/nova-ve")
        );
        assert_eq!(default_path(|_| None), None);
    }

    #[test]
    fn a_new_folder_is_for_its_owner_alone() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::find(Some(&temp.path().join("new"))).unwrap();
        folder.ensure().unwrap();
        assert_eq!(folder.path().metadata().unwrap().mode() & 0o777, 0o700);
        folder.ensure().unwrap();
    }

    #[test]
    fn a_database_without_an_identity_is_said_to_have_lost_it() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::find(Some(temp.path())).unwrap();
        folder.ensure().unwrap();
        std::fs::write(folder.file("instance_id"), "test-instance").unwrap();
        std::fs::write(folder.file("nova-ve.db"), "").unwrap();
        folder.ensure().unwrap();
        std::fs::remove_file(folder.file("instance_id")).unwrap();
        let (said, exit) = explain(&folder.ensure().unwrap_err());
        assert!(said.contains("has lost its identity"), "{said}");
        assert!(said.contains("put the old UUID back"), "{said}");
        assert_eq!(exit, Exit::CONFIG);
    }

    #[test]
    fn a_folder_with_other_things_is_refused_untouched() {
        let temp = tempfile::tempdir().unwrap();
        std::fs::write(temp.path().join("thesis.txt"), "…").unwrap();
        std::fs::set_permissions(temp.path(), Permissions::from_mode(0o755)).unwrap();
        let folder = DataFolder::find(Some(temp.path())).unwrap();
        let error = folder.ensure().unwrap_err();
        assert!(error.to_string().contains("holds other things"), "{error}");
        assert_eq!(temp.path().metadata().unwrap().mode() & 0o777, 0o755);
    }
}
