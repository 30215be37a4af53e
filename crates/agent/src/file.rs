//! Files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes to a neighbour, flushes it to the disk and renames it over `path`, for its owner alone.
pub fn write_atomically(path: &Path, contents: &[u8]) -> io::Result<()> {
    let folder = path
        .parent()
        .ok_or_else(|| io::Error::other("a path without a folder"))?;
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::other("a path without a name"))?;
    let mut neighbour = std::ffi::OsString::from(".");
    neighbour.push(name);
    neighbour.push(".new");
    let neighbour = folder.join(neighbour);
    let at = |what| runtime::faults::point(|| format!("{}: {what}", name.display()));
    let written = write(&neighbour, contents).and_then(|()| {
        at("it is written beside");
        fs::rename(&neighbour, path)
    });
    if written.is_err() {
        // On a full disk the half of it would only be in the way.
        let _ = fs::remove_file(&neighbour);
    }
    written?;
    at("it is renamed");
    // The name is on the disk only when its folder is.
    File::open(folder)?.sync_all()
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(contents)?;
    file.sync_all()
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
