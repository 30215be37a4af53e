//! `console LAB/NODE[/NAME]`: a node's console in this terminal.
//!
//! ```text
//! opening ──▶ open ──closed──▶ reconnecting ──▶ open        from the byte after the last one seen
//!    │          └──Ctrl-] d, end of input──▶ left           the shell goes on in the node
//!    └──refused──▶ error
//! ```

use std::time::Duration;

use anyhow::Context;
use api::client::{Client, ClientError, Terminal, TerminalFrame};
use api::node::OpenConsole;
use bytes::Bytes;
use model::{LabId, NodeId};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::node::one::find;
use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::lookup::NodePath;
use crate::terminal::{self, Escape, Raw};

const SHORT_PAUSE: Duration = Duration::from_millis(100);
const LONG_PAUSE: Duration = Duration::from_secs(2);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The node, and which of its consoles [default: the one its template prefers]
    #[arg(value_name = "LAB/NODE[/NAME]")]
    node: NodePath,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let found = find(&client, &args.node).await?;
    let name = match args.node.console {
        Some(name) => name,
        None => found.default_console(&client.templates().await?)?,
    };
    let live = terminal::is_terminal();
    let words = format!("{}/{}", found.path(), name);
    let mut session = Session {
        client,
        lab: found.lab.id,
        node: found.id,
        name,
        position: 0,
        keys: terminal::input(),
        escape: live.then(Escape::default),
        resized: signal(SignalKind::window_change())
            .context("failed to watch the window's size")?,
    };
    // Opened before the terminal turns raw, so that a refusal is an ordinary error.
    let first = session.open().await?;
    let _raw = if live { Some(Raw::enter()?) } else { None };
    if live {
        terminal::remark(&format!("console {words}: Ctrl-] d leaves it"));
    }
    session.stay(first).await?;
    if live {
        terminal::remark("left; the console goes on in the node");
    }
    Ok(Exit::DONE)
}

struct Session {
    client: Client,
    lab: LabId,
    node: NodeId,
    name: String,
    /// The offset of the next byte of output wanted.
    position: u64,
    keys: mpsc::Receiver<Bytes>,
    /// Only where a person types.
    escape: Option<Escape>,
    resized: Signal,
}

/// Why an open console ended.
enum End {
    Left,
    Closed,
}

impl Session {
    async fn open(&self) -> Result<Terminal, ClientError> {
        let size = terminal::size();
        let query = OpenConsole {
            columns: Some(size.columns),
            rows: Some(size.rows),
            from: Some(self.position),
        };
        self.client
            .console(self.lab, self.node, &self.name, &query)
            .await
    }

    /// Until the person leaves, over any number of connections.
    async fn stay(&mut self, first: Terminal) -> anyhow::Result<()> {
        let mut terminal = first;
        let mut was_open = false;
        loop {
            let (end, heard) = self.carry(&mut terminal, was_open).await?;
            was_open |= heard;
            match end {
                End::Left => return Ok(()),
                End::Closed => {}
            }
            let Some(next) = self.reopen().await? else {
                return Ok(());
            };
            terminal = next;
        }
    }

    /// One connection, and whether anything came over it. A refusal is an error the first time only:
    /// later the agent or the server may just be on its way back.
    async fn carry(&mut self, open: &mut Terminal, was_open: bool) -> anyhow::Result<(End, bool)> {
        let mut heard = false;
        loop {
            // Cancel-safe: channel, signal and socket keep what they have for the next turn.
            tokio::select! {
                frame = open.next() => match frame {
                    Some(Ok(TerminalFrame::Replay { offset })) => {
                        heard = true;
                        self.replayed_from(offset);
                    }
                    Some(Ok(TerminalFrame::Output(bytes) | TerminalFrame::Stderr(bytes))) => {
                        heard = true;
                        self.position += bytes.len() as u64;
                        if terminal::show(&bytes).is_err() {
                            return Ok((End::Left, heard));
                        }
                    }
                    Some(Ok(TerminalFrame::Failed { message })) if !was_open && !heard => {
                        return Err(Failure::new(Exit::FAILED, message).into());
                    }
                    Some(Ok(TerminalFrame::Failed { .. } | TerminalFrame::Exit { .. }) | Err(_))
                    | None => return Ok((End::Closed, heard)),
                },
                typed = self.keys.recv() => {
                    if self.typed(open, typed).await {
                        return Ok((End::Left, heard));
                    }
                }
                _ = self.resized.recv() => {
                    let size = terminal::size();
                    // A closed connection is found by the next frame.
                    let _ = open.resize(size.columns, size.rows).await;
                }
            }
        }
    }

    fn replayed_from(&mut self, offset: u64) {
        if self.position != 0 && offset > self.position {
            terminal::remark("some output was lost");
        }
        self.position = offset;
    }

    /// Sends what was typed; true when the person leaves.
    async fn typed(&mut self, open: &mut Terminal, typed: Option<Bytes>) -> bool {
        let Some(bytes) = typed else {
            return true;
        };
        let (send, detach) = match &mut self.escape {
            Some(escape) => {
                let typed = escape.typed(&bytes);
                (typed.send, typed.detach)
            }
            None => (bytes.to_vec(), false),
        };
        if !send.is_empty() {
            let _ = open.send(&send).await;
        }
        detach
    }

    /// Tries until it works; `None` when the person leaves meanwhile.
    async fn reopen(&mut self) -> anyhow::Result<Option<Terminal>> {
        terminal::remark("the connection was lost; trying again");
        let mut pause = SHORT_PAUSE;
        loop {
            match self.open().await {
                Ok(terminal) => return Ok(Some(terminal)),
                Err(error) if is_final(&error) => return Err(error.into()),
                Err(_) => {}
            }
            tokio::select! {
                () = sleep(pause) => pause = (pause * 2).min(LONG_PAUSE),
                typed = self.keys.recv() => {
                    let leaves = match (&mut self.escape, typed) {
                        (_, None) => true,
                        (Some(escape), Some(bytes)) => escape.typed(&bytes).detach,
                        (None, Some(_)) => false,
                    };
                    if leaves {
                        return Ok(None);
                    }
                }
            }
        }
    }
}

/// No later try can end otherwise: logged out, or the node is gone.
fn is_final(error: &ClientError) -> bool {
    match error {
        ClientError::Api(error) => matches!(error.status, 401 | 403 | 404),
        ClientError::Unreachable { .. } | ClientError::Protocol(_) => false,
    }
}
