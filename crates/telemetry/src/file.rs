//! A log file that stays small: `server.log`, with older ones as `.1` to `.3`.
//!
//! ```text
//! long ──▶ .2 becomes .3, .1 becomes .2, it becomes .1, a new one begins
//! cannot be put aside ──▶ its words go, and it begins anew
//! removed or renamed by somebody ──▶ a new one begins within a second
//! disk full ──▶ lines are dropped and counted; the first that fits again says how many
//! ```
//! Writing a log never fails and never waits: the program goes on without its words.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often it is looked whether the file is still the one of its name.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A file that would grow beyond this is put aside.
    pub file_bytes: u64,
    /// How many older ones are kept.
    pub kept: u32,
}

impl Default for Limits {
    /// 20 MiB for each program in all.
    fn default() -> Self {
        Self {
            file_bytes: 5 << 20,
            kept: 3,
        }
    }
}

/// Cheap to clone; all clones write to the same file.
#[derive(Debug, Clone)]
pub struct LogFile(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    path: PathBuf,
    limits: Limits,
    /// None while it cannot be opened.
    file: Option<File>,
    /// Standard output and error follow the file.
    takes_standard: bool,
    looked: Instant,
    lost_lines: u64,
}

impl LogFile {
    /// Opens the file for appending.
    pub fn open(path: &Path, limits: Limits) -> io::Result<Self> {
        let mut state = State {
            path: path.into(),
            limits,
            file: None,
            takes_standard: false,
            looked: Instant::now(),
            lost_lines: 0,
        };
        state.rotate_if_beyond(0)?;
        state.open()?;
        Ok(Self(Arc::new(Mutex::new(state))))
    }

    /// Standard output and error go into it too from now on: also a panic, and what libraries print.
    pub fn take_standard(&self) -> io::Result<()> {
        let mut state = self.state();
        state.takes_standard = true;
        state.redirect()
    }

    /// One line, whole or not at all.
    pub fn write_line(&self, line: &[u8]) {
        self.state().write_line(line);
    }

    /// For a program that writes by its standard error alone: puts the file aside if it is long.
    pub fn look(&self) {
        let mut state = self.state();
        // What cannot be mended now is tried again at the next look.
        let _ = state.make_ready(0);
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    fn write_line(&mut self, line: &[u8]) {
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        let written = self.make_ready(length).and_then(|()| {
            if self.lost_lines > 0 {
                let lost = format!("{} lines of this log were lost here\n", self.lost_lines);
                self.append(lost.as_bytes())?;
                self.lost_lines = 0;
            }
            self.append(line)
        });
        if written.is_err() {
            self.lost_lines += 1;
        }
    }

    /// A file of that name is open, with room for `more`.
    fn make_ready(&mut self, more: u64) -> io::Result<()> {
        if self.file.is_none() || self.looked.elapsed() >= LOOK_EVERY {
            self.looked = Instant::now();
            if !self.is_still_ours() {
                self.open()?;
            }
        }
        self.rotate_if_beyond(more)
    }

    fn is_still_ours(&self) -> bool {
        let (Some(file), Ok(there)) = (&self.file, self.path.symlink_metadata()) else {
            return false;
        };
        file.metadata()
            .is_ok_and(|ours| (ours.dev(), ours.ino()) == (there.dev(), there.ino()))
    }

    fn open(&mut self) -> io::Result<()> {
        self.file = None;
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&self.path)?;
        self.file = Some(file);
        self.redirect()
    }

    fn redirect(&self) -> io::Result<()> {
        if let (true, Some(file)) = (self.takes_standard, &self.file) {
            rustix::stdio::dup2_stdout(file)?;
            rustix::stdio::dup2_stderr(file)?;
        }
        Ok(())
    }

    fn rotate_if_beyond(&mut self, more: u64) -> io::Result<()> {
        let length = match &self.file {
            Some(file) => file.metadata()?.len(),
            None => self.path.metadata().map_or(0, |metadata| metadata.len()),
        };
        // A line longer than a whole file stands alone in one.
        if length == 0 || length.saturating_add(more) <= self.limits.file_bytes {
            return Ok(());
        }
        for number in (1..self.limits.kept).rev() {
            // A rename that fails costs old words only.
            let _ = std::fs::rename(self.aside(number), self.aside(number + 1));
        }
        if self.limits.kept == 0 || std::fs::rename(&self.path, self.aside(1)).is_err() {
            return self.begin_anew_in_place();
        }
        if self.file.is_some() {
            return self.open();
        }
        Ok(())
    }

    /// What cannot be put aside goes, so that the file stays small.
    fn begin_anew_in_place(&self) -> io::Result<()> {
        match &self.file {
            Some(file) => file.set_len(0),
            None => match OpenOptions::new().write(true).open(&self.path) {
                Ok(file) => file.set_len(0),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            },
        }
    }

    /// 0 is the file itself.
    fn aside(&self, number: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        if number > 0 {
            name.push(format!(".{number}"));
        }
        name.into()
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else {
            return Err(io::Error::other("the log is not open"));
        };
        let before = file.metadata()?.len();
        let written = file.write_all(line);
        if written.is_err() {
            // Half a line would spoil the next one.
            let _ = file.set_len(before);
        }
        written
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
