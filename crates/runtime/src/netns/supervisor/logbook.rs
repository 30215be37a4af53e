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

    /// The file holds again what memory does, and says how much lay before.
    fn begin_anew(&mut self) {
        if self.file.set_len(0).is_err() {
            return;
        }
        (self.file_bytes, self.lost_bytes) = (0, 0);
        let gone = format!(
            "[{} bytes before this are no more kept]\n",
            self.recent.start()
        );
        let kept = self.recent.read(0, usize::MAX).bytes;
        let text = [gone.as_bytes(), kept].concat();
        self.write(&text);
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
        let first = text.lines().next().unwrap();
        assert!(
            first.ends_with("bytes before this are no more kept]"),
            "{first}"
        );
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
