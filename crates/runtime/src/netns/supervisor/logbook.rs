//! The output of the node's processes: the last of it in memory for readers, and in bounded files
//! that stay when the node stops.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

use console::Scrollback;

use crate::netns::logs::{FILE_BYTES, MEMORY_BYTES, SUPERVISOR};

pub struct LogBook(BTreeMap<String, Log>);

struct Log {
    recent: Scrollback,
    file: File,
    file_bytes: u64,
}

impl LogBook {
    /// Files are opened by the launcher: their folder is out of the node's reach.
    pub fn new(files: Vec<(String, File)>) -> Self {
        let logs = files.into_iter().map(|(name, file)| {
            let file_bytes = file.metadata().map_or(0, |metadata| metadata.len());
            let recent = Scrollback::new(MEMORY_BYTES);
            (
                name,
                Log {
                    recent,
                    file,
                    file_bytes,
                },
            )
        });
        Self(logs.collect())
    }

    pub fn push(&mut self, name: &str, bytes: &[u8]) {
        if let Some(log) = self.0.get_mut(name) {
            log.push(bytes);
        }
    }

    /// A line of the supervisor's own.
    pub fn own(&mut self, line: &str) {
        self.push(SUPERVISOR, line.as_bytes());
    }

    pub fn own_file(&self) -> Option<&File> {
        self.0.get(SUPERVISOR).map(|log| &log.file)
    }

    pub fn scrollback(&mut self, name: &str) -> Option<&mut Scrollback> {
        self.0.get_mut(name).map(|log| &mut log.recent)
    }

    pub fn last_line(&self, name: &str) -> String {
        self.0
            .get(name)
            .map(|log| log.recent.last_line())
            .unwrap_or_default()
    }
}

impl Log {
    fn push(&mut self, bytes: &[u8]) {
        self.recent.push(bytes);
        // A full disk must not stop the node: the file then lacks what memory still has.
        if self.file_bytes + bytes.len() as u64 <= FILE_BYTES {
            let written = self.file.write_all(bytes);
            self.file_bytes += if written.is_ok() {
                bytes.len() as u64
            } else {
                0
            };
        } else if self.file.set_len(0).is_ok() {
            let kept = self.recent.read(0, usize::MAX).bytes;
            let written = self.file.write_all(kept);
            self.file_bytes = if written.is_ok() {
                kept.len() as u64
            } else {
                0
            };
        }
    }
}
