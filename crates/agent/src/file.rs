//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};
use rustix::io::Errno;

/// A file that lies beside its place, not yet flushed to the disk.
#[derive(Debug)]
pub struct Beside {
    path: PathBuf,
    neighbour: PathBuf,
    file: File,
}

/// Writes to a neighbour, flushes it to the disk and renames it over `path`, for its owner alone.
pub fn write_atomically(path: &Path, contents: &[u8]) -> io::Result<()> {
    let beside = Beside::new(path)?;
    beside.write(&[contents])?;
    beside.put_in_place()
}

impl Beside {
    /// Empty.
    pub fn new(path: &Path) -> io::Result<Self> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::other("a path without a name"))?;
        let mut neighbour = OsString::from(".");
        neighbour.push(name);
        neighbour.push(".new");
        let neighbour = path.with_file_name(neighbour);
        let file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .write(true)
            .mode(0o600)
            .open(&neighbour);
        Ok(Self {
            path: path.into(),
            file: file.inspect_err(|_| forget(&neighbour))?,
            neighbour,
        })
    }

    /// Takes the space on the disk that so many bytes need; an error where there is none. False: such a
    /// file system takes none before they are written.
    pub fn reserve(&self, length: usize) -> io::Result<bool> {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        match fallocate(&self.file, FallocateFlags::empty(), 0, length) {
            Ok(()) => Ok(true),
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(false),
            Err(error) => {
                forget(&self.neighbour);
                Err(error.into())
            }
        }
    }

    /// The whole contents, in parts.
    pub fn write(&self, parts: &[&[u8]]) -> io::Result<()> {
        let mut parts = parts.iter();
        let written = parts.try_for_each(|part| (&self.file).write_all(part));
        written.inspect_err(|_| forget(&self.neighbour))?;
        self.at("it is written beside");
        Ok(())
    }

    pub fn put_in_place(&self) -> io::Result<()> {
        let flushed = self.file.sync_all();
        let renamed = flushed.and_then(|()| fs::rename(&self.neighbour, &self.path));
        renamed.inspect_err(|_| forget(&self.neighbour))?;
        self.at("it is renamed");
        let folder = self
            .path
            .parent()
            .ok_or_else(|| io::Error::other("a path without a folder"))?;
        // The name is on the disk only when its folder is.
        File::open(folder)?.sync_all()
    }

    fn at(&self, what: &str) {
        let name = self.path.file_name().unwrap_or_default();
        runtime::faults::point(|| format!("{}: {what}", name.display()));
    }
}

/// On a full disk the half of it would only be in the way.
fn forget(neighbour: &Path) {
    let _ = fs::remove_file(neighbour);
}

/// Clears what a writer left beside that was killed before its rename.
pub fn remove_half_written(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') && name.ends_with(".new") {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}
