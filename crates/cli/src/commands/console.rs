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
const LONG_PAUSE: Duration = Duration::from_secs(1);

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
        heard: false,
        was_open: false,
        said: String::new(),
        unsent: Vec::new(),
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
    /// This connection was accepted: the replay was announced.
    heard: bool,
    /// So was one before.
    was_open: bool,
    /// Our last remark on a connection that is away.
    said: String,
    /// Typed, and not sent yet because the connection was away.
    unsent: Vec<u8>,
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
    /// Borrows nothing, so that keys are heard while it waits.
    fn open(&self) -> impl Future<Output = Result<Terminal, ClientError>> + use<> {
        let (client, lab, node, name) =
            (self.client.clone(), self.lab, self.node, self.name.clone());
        let size = terminal::size();
        let query = OpenConsole {
            columns: Some(size.columns),
            rows: Some(size.rows),
            from: Some(self.position),
        };
        async move { client.console(lab, node, &name, &query).await }
    }

    /// Until the person leaves, over any number of connections.
    async fn stay(&mut self, first: Terminal) -> anyhow::Result<()> {
        let mut terminal = first;
        loop {
            self.heard = false;
            match self.carry(&mut terminal).await? {
                End::Left => return Ok(()),
                End::Closed => {}
            }
            let Some(next) = self.reopen().await? else {
                return Ok(());
            };
            terminal = next;
        }
    }

    /// One connection.
    async fn carry(&mut self, open: &mut Terminal) -> anyhow::Result<End> {
        loop {
            // Cancel-safe: channel, signal and socket keep what they have for the next turn.
            tokio::select! {
                frame = open.next() => match frame {
                    Some(Ok(frame)) => if let Some(end) = self.frame(frame)? {
                        return Ok(end);
                    },
                    Some(Err(_)) | None => return Ok(End::Closed),
                },
                typed = self.keys.recv() => {
                    if self.keep(typed) {
                        self.send(open).await;
                        return Ok(End::Left);
                    }
                }
                _ = self.resized.recv() => {
                    let size = terminal::size();
                    // A closed connection is found by the next frame.
                    let _ = open.resize(size.columns, size.rows).await;
                }
            }
            if self.heard {
                self.send(open).await;
            }
        }
    }

    /// What came from the node. A refusal is an error the first time only: later the agent or the
    /// server may just be on its way back.
    fn frame(&mut self, frame: TerminalFrame) -> anyhow::Result<Option<End>> {
        match frame {
            TerminalFrame::Replay { offset } => {
                self.replayed_from(offset);
                Ok(None)
            }
            TerminalFrame::Output(bytes) | TerminalFrame::Stderr(bytes) => {
                self.position += bytes.len() as u64;
                Ok(terminal::show(&bytes).err().map(|_| End::Left))
            }
            TerminalFrame::Failed { message } if !self.was_open => {
                Err(Failure::new(Exit::FAILED, message).into())
            }
            TerminalFrame::Failed { message } => {
                self.say_once(message);
                Ok(Some(End::Closed))
            }
            TerminalFrame::Exit { .. } => Ok(Some(End::Closed)),
        }
    }

    fn replayed_from(&mut self, offset: u64) {
        if self.was_open && !self.heard {
            terminal::remark("connected again");
        }
        (self.heard, self.was_open, self.said) = (true, true, String::new());
        if self.position != 0 && offset > self.position {
            terminal::remark("some output was lost");
        }
        self.position = offset;
    }

    /// Puts what was typed among what is to be sent; true when the person leaves.
    fn keep(&mut self, typed: Option<Bytes>) -> bool {
        match (&mut self.escape, typed) {
            (_, None) => true,
            (Some(escape), Some(bytes)) => {
                let typed = escape.typed(&bytes);
                self.unsent.extend(typed.send);
                typed.detach
            }
            (None, Some(bytes)) => {
                self.unsent.extend_from_slice(&bytes);
                false
            }
        }
    }

    /// What a lost connection did not take waits for the next one.
    async fn send(&mut self, open: &mut Terminal) {
        if !self.unsent.is_empty() && open.send(&self.unsent).await.is_ok() {
            self.unsent.clear();
        }
    }

    /// Tries until it works; `None` when the person leaves meanwhile.
    async fn reopen(&mut self) -> anyhow::Result<Option<Terminal>> {
        if self.said.is_empty() {
            self.say_once("the connection was lost; trying again".into());
        }
        // A connection that was refused as soon as it was made is not tried again at once.
        let mut pause = if self.heard { SHORT_PAUSE } else { LONG_PAUSE };
        loop {
            if self.meanwhile(sleep(pause)).await.is_none() {
                return Ok(None);
            }
            pause = (pause * 2).min(LONG_PAUSE);
            let opening = self.open();
            match self.meanwhile(opening).await {
                None => return Ok(None),
                Some(Ok(terminal)) => return Ok(Some(terminal)),
                Some(Err(error)) if is_final(&error) => return Err(error.into()),
                Some(Err(error)) => self.say_once(error.to_string()),
            }
        }
    }

    /// Keeps what is typed while something else is waited for; `None` when the person leaves.
    async fn meanwhile<T>(&mut self, other: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(other);
        loop {
            tokio::select! {
                done = &mut other => return Some(done),
                typed = self.keys.recv() => {
                    if self.keep(typed) {
                        return None;
                    }
                }
            }
        }
    }

    fn say_once(&mut self, words: String) {
        if words != self.said {
            terminal::remark(&words);
            self.said = words;
        }
    }
}

/// No later try can end otherwise: logged out, or the node is gone.
fn is_final(error: &ClientError) -> bool {
    match error {
        ClientError::Api(error) => matches!(error.status, 401 | 403 | 404),
        ClientError::Unreachable { .. }
        | ClientError::BrokenOff { .. }
        | ClientError::Protocol(_) => false,
    }
}
