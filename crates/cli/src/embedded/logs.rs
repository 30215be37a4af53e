//! Log files of what runs without a terminal: `logs/server.log`, with older ones as `.1` to `.3`.
//! Server, agent and keeper put theirs aside themselves while they run (`telemetry::LogFile`); here it
//! is done for what a program says before that.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::Context;
use telemetry::{Limits, LogFile};

/// A log file that programs append to.
#[derive(Debug, Clone)]
pub struct Log {
    pub path: PathBuf,
}

impl Log {
    /// Puts a long log aside, then opens it for appending.
    pub fn open(&self) -> anyhow::Result<File> {
        LogFile::open(&self.path, Limits::default())
            .and_then(|_| OpenOptions::new().append(true).open(&self.path))
            .with_context(|| format!("failed to open the log {}", self.path.display()))
    }

    /// How long the log is now: what is said from here on is new.
    pub fn length(&self) -> u64 {
        self.path.metadata().map_or(0, |meta| meta.len())
    }
}

/// The last `lines` lines after offset `from`, for a person who must see why.
pub fn tail(path: &Path, from: u64, lines: usize) -> String {
    let bytes = std::fs::read(path).unwrap_or_default();
    // A log that is shorter than it was has begun anew.
    let from = usize::try_from(from)
        .ok()
        .filter(|from| *from <= bytes.len())
        .unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[from..]).into_owned();
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn a_long_log_is_put_aside_and_three_are_kept() {
        let temp = tempfile::tempdir().unwrap();
        let log = Log {
            path: temp.path().join("server.log"),
        };
        for _ in 0..6 {
            let file = log.open().unwrap();
            assert_eq!(log.length(), 0);
            file.set_len(Limits::default().file_bytes + 1).unwrap();
        }
        assert_eq!(std::fs::read_dir(temp.path()).unwrap().count(), 4);
    }

    #[test]
    fn the_tail_is_what_was_said_last() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("agent.log");
        std::fs::write(&path, "old\none\ntwo\nthree\n").unwrap();
        assert_eq!(tail(&path, 4, 2), "two\nthree");
        assert_eq!(tail(&path, 4, 9), "one\ntwo\nthree");
        assert_eq!(tail(&path, 4000, 1), "three", "put aside meanwhile");
        assert_eq!(tail(&temp.path().join("none"), 0, 9), "");
    }
}
