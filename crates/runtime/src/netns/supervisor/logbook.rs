//! The output of the node's processes: the last of it in memory for readers, and in bounded files
//! that stay when the node stops.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

use console::Scrollback;

use crate::netns::logs::{FILE_BYTES, HEAD_BYTES, MEMORY_BYTES, SUPERVISOR};

pub struct LogBook(BTreeMap<String, Log>);

struct Log {
    /// The first bytes of this run.
    head: Vec<u8>,
    recent: Scrollback,
    file: File,
    file_bytes: u64,
    /// That could not be written since it could.
    lost_bytes: u64,
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
                    head: Vec::new(),
                    recent,
                    file,
                    file_bytes,
                    lost_bytes: 0,
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

    /// What is kept of the run's beginning that its scrollback no more has; empty while it has all.
    pub fn beginning(&self, name: &str) -> Vec<u8> {
        let log = self.0.get(name).filter(|log| log.recent.start() > 0);
        log.map(Log::beginning).unwrap_or_default()
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
        let room = HEAD_BYTES.saturating_sub(self.head.len());
        self.head.extend(&bytes[..bytes.len().min(room)]);
        self.recent.push(bytes);
        let length = bytes.len() as u64;
        // A full disk must not stop the node: the file then lacks what memory still has.
        if self.file_bytes + length > FILE_BYTES {
            self.begin_anew();
        } else if self.lost_bytes == 0 {
            self.write(bytes);
        } else {
            let lost = format!(
                "\n[{} bytes are missing here: the disk was full]\n",
                self.lost_bytes
            );
            self.write(&[lost.as_bytes(), bytes].concat());
        }
    }

    /// The file holds the run's beginning and what memory does, and says how much lay between.
    fn begin_anew(&mut self) {
        if self.file.set_len(0).is_err() {
            return;
        }
        (self.file_bytes, self.lost_bytes) = (0, 0);
        let beginning = self.beginning();
        let kept = self.recent.read(0, usize::MAX).bytes;
        let text = [&beginning, kept].concat();
        self.write(&text);
    }

    /// Up to where the scrollback begins. A file begins anew long after that has left the beginning.
    fn beginning(&self) -> Vec<u8> {
        let start = self.recent.start();
        let gone = start.saturating_sub(self.head.len() as u64);
        let shown = usize::try_from(start).map_or(self.head.len(), |s| s.min(self.head.len()));
        let mut text = self.head[..shown].to_vec();
        if gone > 0 {
            text.extend(format!("\n[{gone} bytes here are no more kept]\n").bytes());
        }
        text
    }

    /// All of it or nothing.
    fn write(&mut self, bytes: &[u8]) {
        let length = bytes.len() as u64;
        if self.file.write_all(bytes).is_ok() {
            self.file_bytes += length;
            self.lost_bytes = 0;
        } else {
            let _ = self.file.set_len(self.file_bytes);
            self.lost_bytes += length;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::netns::logs;

    fn book_in(folder: &Path) -> LogBook {
        LogBook::new(vec![("p".into(), logs::open(folder, "p").unwrap())])
    }

    #[test]
    fn a_process_that_prints_for_ever_fills_no_disk_and_is_told_what_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = book_in(folder.path());
        let path = logs::path(folder.path(), "p");
        let line = vec![b'x'; 65_535];
        for number in 0..1000 {
            book.push("p", &line);
            book.push("p", format!("{number}\n").as_bytes());
            assert!(path.metadata().unwrap().len() <= FILE_BYTES);
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("999\n"), "the newest is there");
        // Why it began to print, and how much came since.
        assert!(text.starts_with(&"x".repeat(HEAD_BYTES)));
        let second = text.lines().nth(1).unwrap();
        assert!(second.ends_with("bytes here are no more kept]"), "{second}");
    }

    #[test]
    fn a_process_that_ends_again_and_again_has_its_first_words_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut book = book_in(folder.path());
        book.push("p", b"no such address\n");
        assert_eq!(book.beginning("p"), b"");
        for number in 0..200_000 {
            book.push("p", format!("it ended, start {number}\n").as_bytes());
        }
        let text = std::fs::read_to_string(logs::path(folder.path(), "p")).unwrap();
        assert!(text.len() as u64 <= FILE_BYTES);
        for text in [text, String::from_utf8(book.beginning("p")).unwrap()] {
            assert!(
                text.starts_with("no such address\nit ended, start 0\n"),
                "{text}"
            );
            assert_eq!(text.matches("bytes here are no more kept]").count(), 1);
        }
        let start = book.scrollback("p").unwrap().start();
        let gone = format!("[{} bytes here", start - HEAD_BYTES as u64);
        let said = String::from_utf8(book.beginning("p")).unwrap();
        assert!(said.contains(&gone), "{gone}");
    }

    #[test]
    fn what_a_full_disk_swallowed_is_told_when_it_has_room_again() {
        let Ok(full) = File::options().write(true).open("/dev/full") else {
            eprintln!(
                "SKIP what_a_full_disk_swallowed_is_told_when_it_has_room_again: no /dev/full"
            );
            return;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut book = book_in(folder.path());
        book.push("p", b"one\n");
        let good = std::mem::replace(&mut book.0.get_mut("p").unwrap().file, full);
        book.push("p", b"two\n");
        book.0.get_mut("p").unwrap().file = good;
        book.push("p", b"three\n");
        let text = std::fs::read_to_string(logs::path(folder.path(), "p")).unwrap();
        assert_eq!(
            text,
            "one\n\n[4 bytes are missing here: the disk was full]\nthree\n"
        );
        assert_eq!(
            book.scrollback("p").unwrap().read(0, 99).bytes,
            b"one\ntwo\nthree\n"
        );
    }
}
