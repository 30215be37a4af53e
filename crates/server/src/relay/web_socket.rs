//! Consoles and commands over a WebSocket.
//!
//! ```text
//! client ─binary: input, text: TerminalInput─▶ relay ─StreamFrame─▶ agent
//! client ◀binary: output, text: TerminalEvent─ relay ◀─StreamFrame─ agent
//! ```

use std::time::Duration;

use agent_api::stream::{Control, StreamFrame, WindowSize};
use agent_api::{AgentStream, Opening};
use api::node::{ExecStart, TerminalEvent, TerminalInput};
use axum::extract::ws::{Message, WebSocket, close_code};
use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use model::NodeId;
use store::LabRecord;

use super::farewell::{close, part};
use super::program::wrong_argv;
use crate::app::App;
use crate::auth::Stay;

type Sender = SplitSink<WebSocket, Message>;

/// A client that does not answer pings for this long is gone.
const SILENCE: Duration = Duration::from_mins(1);
const PING_EVERY: Duration = Duration::from_secs(20);
const FIRST_FRAME_WITHIN: Duration = Duration::from_secs(10);

/// What the stream is, and so how its frames go over the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Console,
    /// A command on a terminal: one output.
    Terminal,
    /// A command without: the first byte of output says 1 standard output, 2 standard error.
    Pipes,
}

pub async fn run_console(socket: WebSocket, stream: AgentStream, stay: Stay) {
    run(socket, stream, Kind::Console, stay).await;
}

/// Waits for `ExecStart`, then runs the command.
pub async fn run_exec(
    app: App,
    mut socket: WebSocket,
    record: LabRecord,
    node: NodeId,
    stay: Stay,
) {
    let begun = tokio::select! {
        // First, so that nothing begins after the right has gone.
        biased;
        () = stay.ended() => Err(stay.why().to_owned()),
        begun = begin_exec(&app, &mut socket, &record, node) => begun,
    };
    match begun {
        Ok((stream, kind)) => run(socket, stream, kind, stay).await,
        Err(message) => {
            // The client may be gone already.
            let _ = socket.send(text(&TerminalEvent::Failed { message })).await;
            let (to_client, from_client) = socket.split();
            let last = close(close_code::NORMAL, "failed");
            part(to_client, from_client, Some(last)).await;
        }
    }
}

async fn begin_exec(
    app: &App,
    socket: &mut WebSocket,
    record: &LabRecord,
    node: NodeId,
) -> Result<(AgentStream, Kind), String> {
    let first = tokio::time::timeout(FIRST_FRAME_WITHIN, socket.recv()).await;
    let Ok(Some(Ok(Message::Text(first)))) = first else {
        return Err("the first frame must be a text frame with argv".into());
    };
    let start: ExecStart = serde_json::from_str(&first)
        .map_err(|error| format!("the first frame is not readable: {error}"))?;
    if let Some(why) = wrong_argv(&start.argv) {
        return Err(why.into());
    }
    let kind = match start.tty {
        Some(_) => Kind::Terminal,
        None => Kind::Pipes,
    };
    let opening = Opening::Exec {
        lab: record.lab.id,
        node,
        argv: start.argv,
        env: start.env,
        tty: start.tty.map(|size| WindowSize {
            columns: size.columns,
            rows: size.rows,
        }),
    };
    let stream = app.open_stream(record, opening).await;
    Ok((stream.map_err(|error| error.to_string())?, kind))
}

async fn run(socket: WebSocket, stream: AgentStream, kind: Kind, stay: Stay) {
    let (mut to_client, mut from_client) = socket.split();
    let AgentStream { output, input } = stream;
    let last = tokio::select! {
        last = pump_down(output, &mut to_client, kind) => last,
        () = pump_up(&mut from_client, input) => None,
        () = stay.ended() => Some(close(close_code::POLICY, stay.why())),
    };
    part(to_client, from_client, last).await;
}

/// From the agent to the client, until either ends.
async fn pump_down(
    mut output: impl Stream<Item = Result<StreamFrame, agent_api::AgentError>> + Unpin,
    to_client: &mut Sender,
    kind: Kind,
) -> Option<Message> {
    let mut ping = tokio::time::interval(PING_EVERY);
    loop {
        // Both arms are cancel-safe: `next` and `tick` lose nothing.
        let messages = tokio::select! {
            frame = output.next() => match frame {
                Some(Ok(frame)) => to_messages(frame, kind),
                Some(Err(error)) => vec![text(&TerminalEvent::Failed { message: error.to_string() })],
                None => return Some(close(close_code::NORMAL, "the stream has ended")),
            },
            _ = ping.tick() => vec![Message::Ping(Bytes::new())],
        };
        for message in messages {
            if to_client.send(message).await.is_err() {
                return None;
            }
        }
    }
}

/// From the client to the agent, until the client closes or falls silent.
async fn pump_up(
    from_client: &mut SplitStream<WebSocket>,
    mut input: impl Sink<StreamFrame> + Unpin,
) {
    while let Ok(Some(Ok(message))) = tokio::time::timeout(SILENCE, from_client.next()).await {
        let frame = match message {
            Message::Binary(bytes) => Some(StreamFrame::Data(bytes)),
            Message::Text(words) => match serde_json::from_str(&words) {
                Ok(TerminalInput::Resize { columns, rows }) => {
                    let size = WindowSize { columns, rows };
                    Some(StreamFrame::Control(Control::Resize(size)))
                }
                Ok(TerminalInput::EndOfInput) => Some(StreamFrame::Control(Control::EndOfInput)),
                // A newer client's word that this server does not know.
                Err(_) => None,
            },
            Message::Close(_) => return,
            Message::Ping(_) | Message::Pong(_) => None,
        };
        if let Some(frame) = frame
            && input.send(frame).await.is_err()
        {
            // The node's side is closed; its last output is still on the way down.
            break;
        }
    }
    while let Ok(Some(Ok(_))) = tokio::time::timeout(SILENCE, from_client.next()).await {}
}

fn to_messages(frame: StreamFrame, kind: Kind) -> Vec<Message> {
    match frame {
        StreamFrame::Data(bytes) => vec![output_of(1, bytes, kind)],
        StreamFrame::Stderr(bytes) => vec![output_of(2, bytes, kind)],
        StreamFrame::Control(control) => match control {
            Control::Replay { offset } => vec![text(&TerminalEvent::Replay { offset })],
            Control::Exit { status } => vec![text(&TerminalEvent::Exit { status })],
            Control::Failed { status, message } => failed(status, message, kind),
            Control::Resize(_) | Control::EndOfInput => Vec::new(),
        },
    }
}

/// A command that could not be run ends as in a shell: words on standard error, status 127 or 126.
fn failed(status: i32, message: String, kind: Kind) -> Vec<Message> {
    match kind {
        Kind::Console => vec![text(&TerminalEvent::Failed { message })],
        Kind::Terminal | Kind::Pipes => vec![
            output_of(2, line(message, kind), kind),
            text(&TerminalEvent::Exit { status }),
        ],
    }
}

/// A terminal in raw mode goes back to the left only when told.
fn line(message: String, kind: Kind) -> Bytes {
    let end = match kind {
        Kind::Console | Kind::Terminal => "\r\n",
        Kind::Pipes => "\n",
    };
    (message + end).into()
}

fn output_of(mark: u8, bytes: Bytes, kind: Kind) -> Message {
    Message::Binary(match kind {
        Kind::Console | Kind::Terminal => bytes,
        Kind::Pipes => marked(mark, &bytes),
    })
}

fn marked(mark: u8, bytes: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(bytes.len() + 1);
    frame.put_u8(mark);
    frame.put_slice(bytes);
    frame.freeze()
}

fn text(event: &TerminalEvent) -> Message {
    let text = serde_json::to_string(event).expect("texts and numbers serialize");
    Message::Text(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_cannot_be_run_ends_as_in_a_shell() {
        let control = Control::Failed {
            status: 127,
            message: "no such program".into(),
        };
        let messages = to_messages(StreamFrame::Control(control), Kind::Pipes);
        let words = Message::Binary(Bytes::from_static(b"\x02no such program\n"));
        assert_eq!(
            messages,
            [words, text(&TerminalEvent::Exit { status: 127 })]
        );
    }
}
