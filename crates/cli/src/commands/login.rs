//! `login [URL]`: keeps a session for the commands that follow.

use std::io::{BufRead, IsTerminal, Write};
use std::os::fd::AsFd;

use anyhow::Context;
use api::client::Client;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use crate::connect::{Global, Target};
use crate::failure::{Exit, Failure};
use crate::output::{print, remark};
use crate::secrets::{Login, Secrets};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The server [default: the embedded one on this host]
    url: Option<String>,
    /// User
    #[arg(short, long, default_value = "admin")]
    user: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let (url, secrets) = place(&args, global)?;
    // An address where nobody answers is told before a password is asked for.
    Client::new(&url, None)?.health().await?;
    let password = if args.password_stdin {
        read_line()?
    } else {
        ask(&format!("password of {} at {url}: ", args.user))?
    };
    let (client, session) = Client::log_in(&url, &args.user, &password).await?;
    secrets.write(&Login {
        url: url.clone(),
        username: session.user.username.clone(),
        secret: client.secret().unwrap_or_default().to_owned(),
    })?;
    print(&format!("logged in at {url} as {}", session.user.username));
    Ok(Exit::DONE)
}

/// A server that is named is remembered for the user, the embedded one in its own folder.
fn place(args: &Args, global: &Global) -> anyhow::Result<(String, Secrets)> {
    if let Some(url) = args.url.as_ref().or(global.url.as_ref()) {
        let url = url.trim_end_matches('/').to_owned();
        return Ok((url, Secrets::of_user()?));
    }
    let folder = global.folder()?;
    let record =
        crate::embedded::UpRecord::read(&folder).ok_or_else(|| Target::nothing_runs(&folder))?;
    Ok((record.url, Secrets::of_folder(&folder)))
}

fn read_line() -> anyhow::Result<String> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .context("failed to read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// Without showing what is typed.
fn ask(question: &str) -> anyhow::Result<String> {
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
    let line = read_line();
    let _ = tcsetattr(stdin.as_fd(), OptionalActions::Flush, &before);
    remark("");
    line
}
