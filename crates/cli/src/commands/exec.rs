//! `exec LAB/NODE -- COMMAND…`: a command in a node; ends with the command's own status.

use std::io::Write;

use anyhow::Context;
use api::client::{Terminal, TerminalFrame};
use api::node::ExecStart;
use bytes::Bytes;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::node::one::find;
use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::lookup::NodePath;
use crate::terminal::{self, Raw};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Pass standard input on to the command
    #[arg(short, long)]
    interactive: bool,
    /// Give the command a terminal
    #[arg(short, long)]
    tty: bool,
    /// Set a variable of the command's environment
    #[arg(short, long, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// The node
    #[arg(value_name = "LAB/NODE")]
    node: NodePath,
    /// The program and its arguments; no shell is involved
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        Some(_) | None => Err("a variable is written NAME=VALUE".into()),
    }
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    if args.tty && !terminal::is_terminal() {
        return Err(Failure::new(Exit::USAGE, "-t needs a terminal here too")
            .hint("leave -t away")
            .into());
    }
    let client = connect(global).await?;
    let found = find(&client, &args.node).await?;
    let start = ExecStart {
        argv: args.command,
        env: args.env.into_iter().collect(),
        tty: args.tty.then(terminal::size),
    };
    let mut open = client.exec_stream(found.lab.id, found.id, &start).await?;
    let keys = if args.interactive {
        Some(terminal::input())
    } else {
        // What is wrong with a connection that is closed already, its next frame tells.
        let _ = open.end_of_input().await;
        None
    };
    let raw = if args.tty { Some(Raw::enter()?) } else { None };
    let ended = carry(&mut open, keys, args.tty).await;
    drop(raw);
    match ended? {
        Ended::Exit(exit) => Ok(exit),
        // Asked only now: what is known of the node's state may be older than the node's start.
        Ended::Refused(message) => {
            found.must_run()?;
            Err(Failure::new(Exit::FAILED, message).into())
        }
    }
}

enum Ended {
    Exit(Exit),
    /// The command was not started.
    Refused(String),
}

async fn carry(
    open: &mut Terminal,
    mut keys: Option<mpsc::Receiver<Bytes>>,
    tty: bool,
) -> anyhow::Result<Ended> {
    let mut resized =
        signal(SignalKind::window_change()).context("failed to watch the window's size")?;
    loop {
        // Cancel-safe: channel, signal and socket keep what they have for the next turn.
        tokio::select! {
            frame = open.next() => match frame.transpose()? {
                Some(TerminalFrame::Output(bytes)) => {
                    terminal::show(&bytes).context("failed to write the output")?;
                }
                Some(TerminalFrame::Stderr(bytes)) => {
                    std::io::stderr().write_all(&bytes).context("failed to write the output")?;
                }
                Some(TerminalFrame::Replay { .. }) => {}
                Some(TerminalFrame::Exit { status }) => return Ok(Ended::Exit(exit_of(status))),
                Some(TerminalFrame::Failed { message }) => return Ok(Ended::Refused(message)),
                None => return Err(lost().into()),
            },
            typed = typed(&mut keys) => if let Some(bytes) = typed {
                let _ = open.send(&bytes).await;
            } else {
                keys = None;
                let _ = open.end_of_input().await;
            },
            _ = resized.recv(), if tty => {
                let size = terminal::size();
                let _ = open.resize(size.columns, size.rows).await;
            }
        }
    }
}

/// The next input; never comes when there is none.
async fn typed(keys: &mut Option<mpsc::Receiver<Bytes>>) -> Option<Bytes> {
    match keys {
        Some(keys) => keys.recv().await,
        None => std::future::pending().await,
    }
}

fn lost() -> Failure {
    Failure::new(
        Exit::TRY_AGAIN,
        "the connection was lost before the command ended",
    )
    .hint("whether it still runs in the node is unknown")
}

/// A status beyond 255 cannot be given on.
fn exit_of(status: i32) -> Exit {
    Exit(u8::try_from(status).unwrap_or(255))
}
