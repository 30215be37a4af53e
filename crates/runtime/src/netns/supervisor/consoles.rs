//! Text consoles: a shell on a terminal each, kept while readers come and go.
//!
//! A console's shell starts when somebody first opens it (a lab of 200 nodes would keep 400 idle
//! shells) and again when it ends. Its output goes to the scrollback, whoever reads; its input comes
//! from any reader.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use console::Scrollback;
use model::spec::ConsoleSpec;
use nix::errno::Errno;
use nix::poll::PollFlags;

use super::services::{End, StartError};
use super::spawn;
use crate::stream::WindowSize;

const SCROLLBACK_BYTES: usize = 256 << 10;
/// Input that a shell has not read yet; more is not taken from the readers.
const INPUT_BYTES: usize = 64 << 10;
const READ_BYTES: usize = 64 << 10;
/// A shell that ends sooner than this was not left by a person: the next one waits, longer each time.
const SHORT_LIFE: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub struct Console {
    argv: Vec<String>,
    pub scrollback: Scrollback,
    size: WindowSize,
    input: BytesMut,
    shell: Shell,
    pause: Duration,
}

enum Shell {
    /// Nobody has opened the console yet.
    Unopened,
    Due(Duration),
    Running {
        pid: u32,
        since: Duration,
        terminal: Option<OwnedFd>,
    },
}

impl Console {
    pub fn new(spec: &ConsoleSpec) -> Self {
        Self {
            argv: spec.argv.clone(),
            scrollback: Scrollback::new(SCROLLBACK_BYTES),
            size: WindowSize {
                columns: 80,
                rows: 24,
            },
            input: BytesMut::new(),
            shell: Shell::Unopened,
            pause: FIRST_PAUSE,
        }
    }

    pub fn open(&mut self, now: Duration, size: WindowSize) {
        self.resize(size);
        if matches!(self.shell, Shell::Unopened) {
            self.shell = Shell::Due(now);
        }
    }

    pub fn resize(&mut self, size: WindowSize) {
        // A client that does not know its size yet.
        if size.columns == 0 || size.rows == 0 {
            return;
        }
        self.size = size;
        if let Some(terminal) = self.terminal() {
            spawn::resize(terminal, size);
        }
    }

    /// What is typed before the shell has started waits for it.
    pub fn type_in(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
        self.write();
    }

    pub fn takes_input(&self) -> bool {
        self.input.len() < INPUT_BYTES
    }

    pub fn interest(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        let terminal = self.terminal()?;
        let mut flags = PollFlags::POLLIN;
        flags.set(PollFlags::POLLOUT, !self.input.is_empty());
        Some((terminal.as_fd(), flags))
    }

    pub fn serve(&mut self, events: PollFlags) {
        if events.contains(PollFlags::POLLOUT) {
            self.write();
        }
        if events.intersects(PollFlags::POLLIN | PollFlags::POLLHUP | PollFlags::POLLERR) {
            self.read();
        }
    }

    fn write(&mut self) {
        let Some(terminal) = self.terminal() else {
            return;
        };
        match nix::unistd::write(terminal, &self.input) {
            Ok(length) => self.input.advance(length),
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            // Nobody will read it.
            Err(_) => self.input.clear(),
        }
    }

    /// Whether there was anything.
    fn read(&mut self) -> bool {
        let Some(terminal) = self.terminal() else {
            return false;
        };
        let mut buffer = vec![0; READ_BYTES];
        match nix::unistd::read(terminal, &mut buffer) {
            Ok(length) => {
                self.scrollback.push(&buffer[..length]);
                length > 0
            }
            Err(Errno::EAGAIN | Errno::EINTR) => false,
            Err(_) => {
                self.hang_up();
                false
            }
        }
    }

    /// Every process has closed the terminal. Mostly the shell has ended and is to be reaped; one
    /// that lives on without its terminal gets a hang-up from the kernel.
    fn hang_up(&mut self) {
        if let Shell::Running { terminal, .. } = &mut self.shell {
            *terminal = None;
        }
    }

    fn terminal(&self) -> Option<&OwnedFd> {
        match &self.shell {
            Shell::Running { terminal, .. } => terminal.as_ref(),
            Shell::Unopened | Shell::Due(_) => None,
        }
    }

    pub fn ended(&mut self, pid: u32, end: End, now: Duration) {
        let Shell::Running {
            pid: its, since, ..
        } = self.shell
        else {
            return;
        };
        if its != pid {
            return;
        }
        while self.read() {}
        let quick = now.saturating_sub(since) < SHORT_LIFE;
        let wait = if quick { self.pause } else { Duration::ZERO };
        self.pause = if quick {
            (self.pause * 2).min(LONGEST_PAUSE)
        } else {
            FIRST_PAUSE
        };
        self.input.clear();
        self.shell = Shell::Due(now + wait);
        let again = match wait.as_secs() {
            0 => "a new one follows".into(),
            seconds => format!("a new one follows in {seconds} s"),
        };
        self.say(&format!("{} ended with {end}; {again}", self.program()));
    }

    pub fn start_if_due(&mut self, now: Duration, environment: &BTreeMap<String, String>) {
        if !matches!(self.shell, Shell::Due(at) if at <= now) {
            return;
        }
        match spawn::on_terminal(&self.argv, environment, self.size) {
            Ok((pid, terminal)) => {
                self.shell = Shell::Running {
                    pid,
                    since: now,
                    terminal: Some(terminal),
                }
            }
            Err(error) => {
                let why = match error {
                    StartError::Missing => "program not found".into(),
                    StartError::Other(why) => why,
                };
                self.say(&format!("cannot start {}: {why}", self.program()));
                self.shell = Shell::Due(now + LONGEST_PAUSE);
            }
        }
    }

    pub fn wake_in(&self, now: Duration) -> Option<Duration> {
        match &self.shell {
            Shell::Due(at) => Some(at.saturating_sub(now)),
            Shell::Unopened | Shell::Running { .. } => None,
        }
    }

    fn program(&self) -> &str {
        self.argv.first().map_or("the shell", String::as_str)
    }

    fn say(&mut self, words: &str) {
        self.scrollback
            .push(format!("\r\n[{words}]\r\n").as_bytes());
    }
}
