//! Log files of a node's processes: bounded, kept when the node stops, read when it does not run.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The supervisor's own log; no process can have this name, which begins with a dot.
pub const SUPERVISOR: &str = ".supervisor";

/// A file grows to this, then it begins anew with what is kept in memory.
pub const FILE_BYTES: u64 = 1 << 20;
/// What is kept in memory of each process's output.
pub const MEMORY_BYTES: usize = 128 << 10;

/// The file of a process; whatever its name holds, the file lies in the folder.
pub fn path(folder: &Path, process: &str) -> PathBuf {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    let name: String = process.chars().take(100).map(plain).collect();
    folder.join(format!("{name}.log"))
}

pub fn open(folder: &Path, process: &str) -> io::Result<fs::File> {
    fs::File::options()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path(folder, process))
}
