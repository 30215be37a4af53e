//! The terminal this program runs in: raw while a console or a command has it, and as before afterwards.

mod escape;
mod secret;

use std::io::{BufRead, IsTerminal, Read, Write};
use std::os::fd::AsFd;

use anyhow::Context;
use api::node::TerminalSize;
use bytes::Bytes;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use tokio::sync::mpsc;

use crate::failure::{Exit, Failure};

pub use escape::Escape;
pub use secret::{ask_secret, new_password, read_secret};

pub fn is_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Standard input raw for as long as this lives: every key goes through, Ctrl-C too.
pub struct Raw {
    before: Termios,
}

impl Raw {
    pub fn enter() -> anyhow::Result<Self> {
        let stdin = std::io::stdin();
        let before = tcgetattr(stdin.as_fd()).context("failed to look at the terminal")?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdin.as_fd(), OptionalActions::Now, &raw)
            .context("failed to make the terminal raw")?;
        Ok(Self { before })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = tcsetattr(std::io::stdin().as_fd(), OptionalActions::Now, &self.before);
    }
}

/// Asks before something is lost; where nobody can answer, `--yes` must have been said.
pub fn agreed(question: &str) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(
            Failure::new(Exit::USAGE, "there is no terminal to ask before deleting")
                .hint("say that you mean it: --yes")
                .into(),
        );
    }
    eprint!("{question}\n[y/N] ");
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .context("failed to read the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// 80 × 24 where there is no terminal.
pub fn size() -> TerminalSize {
    match tcgetwinsize(std::io::stdout().as_fd()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => TerminalSize {
            columns: size.ws_col,
            rows: size.ws_row,
        },
        Ok(_) | Err(_) => TerminalSize {
            columns: 80,
            rows: 24,
        },
    }
}

/// Standard input as it comes, by a thread of its own: a read of a terminal cannot be cancelled.
/// The channel closes at the end of input.
pub fn input() -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(16);
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut buffer = [0; 4096];
        loop {
            match stdin.read(&mut buffer) {
                Ok(count @ 1..) => {
                    if sender
                        .blocking_send(Bytes::copy_from_slice(&buffer[..count]))
                        .is_err()
                    {
                        return;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => return,
            }
        }
    });
    receiver
}

/// Output bytes, shown at once.
pub fn show(bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// A remark of ours among a console's output; `\r\n` because the terminal may be raw.
pub fn remark(text: &str) {
    let _ = write!(std::io::stderr().lock(), "\r\n[{text}]\r\n");
}
