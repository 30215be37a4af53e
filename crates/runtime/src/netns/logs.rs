//! Log files of a node's processes: bounded, kept when the node stops, read when it does not run.
//!
//! ```text
//! r1.log     this run: its beginning, what is no more kept in between, its last output
//! r1.log.1   the run before it; .2 and .3 those before
//! ```
//! A node or a process that ends again and again says at its first end why: later ends must not wash
//! that away.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The supervisor's own log; no process can have this name, which begins with a dot.
pub const SUPERVISOR: &str = ".supervisor";

/// A file grows to this, then it begins anew with what is kept in memory.
pub const FILE_BYTES: u64 = 1 << 20;
/// The beginning of a run, which stays when its file begins anew.
pub const HEAD_BYTES: usize = 16 << 10;
/// Runs before this one whose files are kept.
pub const EARLIER_RUNS: u32 = 3;
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

/// The file of a run that begins; those of earlier ones are put aside.
pub fn open(folder: &Path, process: &str) -> io::Result<fs::File> {
    let path = path(folder, process);
    put_aside(&path);
    fs::File::options()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
}

/// A rename that fails costs old words only. A run that said nothing pushes none out.
fn put_aside(path: &Path) {
    if path.metadata().is_ok_and(|file| file.len() > 0) {
        for run in (1..EARLIER_RUNS).rev() {
            let _ = fs::rename(earlier(path, run), earlier(path, run + 1));
        }
        let _ = fs::rename(path, earlier(path, 1));
    }
}

fn earlier(path: &Path, run: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{run}"));
    PathBuf::from(name)
}

/// What earlier runs left, the oldest first, each below a line that says so; empty when there are none.
pub fn read_earlier(folder: &Path, process: &str) -> Vec<u8> {
    let path = path(folder, process);
    let mut text = Vec::new();
    for run in (1..=EARLIER_RUNS).rev() {
        let Ok(left) = fs::read(earlier(&path, run)) else {
            continue;
        };
        text.extend(format!("[{run} before this run]\n").bytes());
        text.extend(left);
        if text.last() != Some(&b'\n') {
            text.push(b'\n');
        }
    }
    if !text.is_empty() {
        text.extend(b"[this run]\n");
    }
    text
}

/// The same, and the last run, of a node that does not run.
pub fn read_all(folder: &Path, process: &str) -> io::Result<Vec<u8>> {
    let mut text = read_earlier(folder, process);
    match fs::read(path(folder, process)) {
        Ok(last) => text.extend(last),
        Err(error) if text.is_empty() => return Err(error),
        Err(_) => {}
    }
    Ok(text)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn the_logs_of_three_earlier_runs_are_kept_and_no_more() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read_all(folder.path(), "r1").is_err());
        for run in 1..=6 {
            // One that dies before it says anything is no run.
            drop(open(folder.path(), "r1").unwrap());
            let mut file = open(folder.path(), "r1").unwrap();
            write!(file, "run {run}").unwrap();
        }
        let said = String::from_utf8(read_all(folder.path(), "r1").unwrap()).unwrap();
        assert_eq!(
            said,
            "[3 before this run]\nrun 3\n[2 before this run]\nrun 4\n\
             [1 before this run]\nrun 5\n[this run]\nrun 6"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
