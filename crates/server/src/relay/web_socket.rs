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
use model::{LabId, NodeId};
use tokio_util::sync::CancellationToken;

use super::farewell::{close, part};
use crate::app::App;

type Sender = SplitSink<WebSocket, Message>;

/// A client that does not answer pings for this long is gone.
const SILENCE: Duration = Duration::from_mins(1);
const PING_EVERY: Duration = Duration::from_secs(20);
const FIRST_FRAME_WITHIN: Duration = Duration::from_secs(10);

/// How output goes into binary frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Plain,
    /// The first byte says which output: 1 standard output, 2 standard error.
    Marked,
}

pub async fn run_console(socket: WebSocket, stream: AgentStream, ended: CancellationToken) {
    run(socket, stream, Framing::Plain, ended).await;
}

/// Waits for `ExecStart`, then runs the command.
pub async fn run_exec(
    app: App,
    mut socket: WebSocket,
    lab: LabId,
    node: NodeId,
    ended: CancellationToken,
) {
    let begun = begin_exec(&app, &mut socket, lab, node).await;
    match begun {
        Ok((stream, framing)) => run(socket, stream, framing, ended).await,
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
    lab: LabId,
    node: NodeId,
) -> Result<(AgentStream, Framing), String> {
    let first = tokio::time::timeout(FIRST_FRAME_WITHIN, socket.recv()).await;
    let Ok(Some(Ok(Message::Text(first)))) = first else {
        return Err("the first frame must be a text frame with argv".into());
    };
    let start: ExecStart = serde_json::from_str(&first)
        .map_err(|error| format!("the first frame is not readable: {error}"))?;
    if start.argv.is_empty() {
        return Err("argv must name at least the program".into());
    }
    let framing = match start.tty {
        Some(_) => Framing::Plain,
        None => Framing::Marked,
    };
    let opening = Opening::Exec {
        lab,
        node,
        argv: start.argv,
        env: start.env,
        tty: start.tty.map(|size| WindowSize {
            columns: size.columns,
            rows: size.rows,
        }),
    };
    let stream = app.agent.open(opening).await;
    Ok((stream.map_err(|error| error.to_string())?, framing))
}

async fn run(socket: WebSocket, stream: AgentStream, framing: Framing, ended: CancellationToken) {
    let (mut to_client, mut from_client) = socket.split();
    let AgentStream { output, input } = stream;
    let last = tokio::select! {
        last = pump_down(output, &mut to_client, framing) => last,
        () = pump_up(&mut from_client, input) => None,
        () = ended.cancelled() => Some(close(close_code::POLICY, "the session has ended")),
    };
    part(to_client, from_client, last).await;
}

/// From the agent to the client, until either ends.
async fn pump_down(
    mut output: impl Stream<Item = Result<StreamFrame, agent_api::AgentError>> + Unpin,
    to_client: &mut Sender,
    framing: Framing,
) -> Option<Message> {
    let mut ping = tokio::time::interval(PING_EVERY);
    loop {
        // Both arms are cancel-safe: `next` and `tick` lose nothing.
        let message = tokio::select! {
            frame = output.next() => match frame {
                Some(Ok(frame)) => to_message(frame, framing),
                Some(Err(error)) => Some(text(&TerminalEvent::Failed { message: error.to_string() })),
                None => return Some(close(close_code::NORMAL, "the stream has ended")),
            },
            _ = ping.tick() => Some(Message::Ping(Bytes::new())),
        };
        if let Some(message) = message
            && to_client.send(message).await.is_err()
        {
            return None;
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

fn to_message(frame: StreamFrame, framing: Framing) -> Option<Message> {
    match (frame, framing) {
        (StreamFrame::Data(bytes) | StreamFrame::Stderr(bytes), Framing::Plain) => {
            Some(Message::Binary(bytes))
        }
        (StreamFrame::Data(bytes), Framing::Marked) => Some(Message::Binary(marked(1, &bytes))),
        (StreamFrame::Stderr(bytes), Framing::Marked) => Some(Message::Binary(marked(2, &bytes))),
        (StreamFrame::Control(control), _) => match control {
            Control::Replay { offset } => Some(text(&TerminalEvent::Replay { offset })),
            Control::Exit { status } => Some(text(&TerminalEvent::Exit { status })),
            Control::Failed { message, .. } => Some(text(&TerminalEvent::Failed { message })),
            Control::Resize(_) | Control::EndOfInput => None,
        },
    }
}

fn marked(kind: u8, bytes: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(bytes.len() + 1);
    frame.put_u8(kind);
    frame.put_slice(bytes);
    frame.freeze()
}

fn text(event: &TerminalEvent) -> Message {
    let text = serde_json::to_string(event).expect("texts and numbers serialize");
    Message::Text(text.into())
}
