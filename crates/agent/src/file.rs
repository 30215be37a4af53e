//! Files that are there whole or not at all.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Contents that lie beside their place, not yet flushed to the disk.
#[derive(Debug)]
pub struct Beside {
    path: PathBuf,
    neighbour: PathBuf,
    file: File,
}

/// Writes to a neighbour, flushes it to the disk and renames it over `path`, for its owner alone.
pub fn write_atomically(path: &Path, contents: &[u8]) -> io::Result<()> {
    Beside::write(path, contents)?.put_in_place()
}

impl Beside {
    /// Fails where there is no space.
    pub fn write(path: &Path, contents: &[u8]) -> io::Result<Self> {
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::other("a path without a name"))?;
        let mut neighbour = OsString::from(".");
        neighbour.push(name);
        neighbour.push(".new");
        let neighbour = path.with_file_name(neighbour);
        let written = write(&neighbour, contents);
        let beside = Self {
            path: path.into(),
            file: written.inspect_err(|_| forget(&neighbour))?,
            neighbour,
        };
        beside.at("it is written beside");
        Ok(beside)
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

fn write(path: &Path, contents: &[u8]) -> io::Result<File> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(contents)?;
    Ok(file)
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
