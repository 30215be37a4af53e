//! Passwords and tokens: typed without being shown, or given on standard input; never as an argument,
//! which every user of the host could read.

use std::io::{BufRead, IsTerminal, Write};
use std::os::fd::AsFd;

use anyhow::Context;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::failure::{Exit, Failure};
use crate::output::remark;

/// The next line of standard input.
pub fn read_secret() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("failed to read from standard input")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Without showing what is typed.
pub fn ask_secret(question: &str) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(
            Failure::new(Exit::USAGE, "there is no terminal to ask for a password")
                .hint("give it on standard input: --password-stdin")
                .into(),
        );
    }
    let before = tcgetattr(stdin.as_fd()).context("failed to look at the terminal")?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    eprint!("{question}");
    std::io::stderr().flush().context("failed to ask")?;
    tcsetattr(stdin.as_fd(), OptionalActions::Flush, &hidden)
        .context("failed to hide the password")?;
    let line = read_secret();
    let _ = tcsetattr(stdin.as_fd(), OptionalActions::Flush, &before);
    remark("");
    line
}

/// A new password: asked for twice, for nobody sees a slip.
pub fn new_password(of: &str, from_stdin: bool) -> anyhow::Result<String> {
    if from_stdin {
        return read_secret();
    }
    let password = ask_secret(&format!("new password of {of}: "))?;
    if ask_secret("once more: ")? != password {
        return Err(
            Failure::new(Exit::USAGE, "the two were not the same; nothing is changed")
                .hint("once more, or on standard input: --password-stdin")
                .into(),
        );
    }
    Ok(password)
}
