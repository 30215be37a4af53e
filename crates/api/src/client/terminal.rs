//! A console or a command in a node, over its WebSocket.

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::{self, Message};

use super::ClientError;
use super::socket::Socket;
use crate::node::{ExecStart, TerminalEvent, TerminalInput};

/// What comes from the node.
#[derive(Debug, Clone, PartialEq)]
pub enum TerminalFrame {
    Output(Bytes),
    Stderr(Bytes),
    /// The offset of the next byte of output, counted from the console's first byte ever.
    Replay {
        offset: u64,
    },
    Exit {
        status: i32,
    },
    Failed {
        message: String,
    },
}

/// Both directions.
pub struct Terminal {
    sender: TerminalSender,
    receiver: TerminalReceiver,
}

pub struct TerminalSender(SplitSink<Socket, Message>);

pub struct TerminalReceiver {
    socket: SplitStream<Socket>,
    /// The first byte of binary frames says which output it is.
    marked: bool,
}

impl Terminal {
    pub(super) fn console(socket: Socket) -> Self {
        Self::over(socket, false)
    }

    pub(super) async fn exec(socket: Socket, start: &ExecStart) -> Result<Self, ClientError> {
        let mut terminal = Self::over(socket, start.tty.is_none());
        terminal.sender.text(start).await?;
        Ok(terminal)
    }

    fn over(socket: Socket, marked: bool) -> Self {
        let (sender, socket) = socket.split();
        Self {
            sender: TerminalSender(sender),
            receiver: TerminalReceiver { socket, marked },
        }
    }

    /// For a task each.
    pub fn split(self) -> (TerminalSender, TerminalReceiver) {
        (self.sender, self.receiver)
    }

    pub async fn send(&mut self, input: &[u8]) -> Result<(), ClientError> {
        self.sender.send(input).await
    }

    pub async fn resize(&mut self, columns: u16, rows: u16) -> Result<(), ClientError> {
        self.sender.resize(columns, rows).await
    }

    pub async fn end_of_input(&mut self) -> Result<(), ClientError> {
        self.sender.end_of_input().await
    }

    /// The next frame; `None` when the socket is closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<TerminalFrame, ClientError>> {
        self.receiver.next().await
    }
}

impl TerminalSender {
    pub async fn send(&mut self, input: &[u8]) -> Result<(), ClientError> {
        let frame = Message::Binary(Bytes::copy_from_slice(input));
        self.0.send(frame).await.map_err(|error| closed(&error))
    }

    pub async fn resize(&mut self, columns: u16, rows: u16) -> Result<(), ClientError> {
        self.text(&TerminalInput::Resize { columns, rows }).await
    }

    /// No more input: the command sees its end.
    pub async fn end_of_input(&mut self) -> Result<(), ClientError> {
        self.text(&TerminalInput::EndOfInput).await
    }

    async fn text(&mut self, body: &impl serde::Serialize) -> Result<(), ClientError> {
        let text = serde_json::to_string(body).expect("texts and numbers serialize");
        let frame = Message::Text(text.into());
        self.0.send(frame).await.map_err(|error| closed(&error))
    }
}

impl TerminalReceiver {
    /// The next frame; `None` when the socket is closed. Cancel-safe.
    pub async fn next(&mut self) -> Option<Result<TerminalFrame, ClientError>> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Binary(bytes)) => return Some(output(self.marked, bytes)),
                Ok(Message::Text(text)) => return Some(event(&text)),
                Ok(Message::Close(_)) | Err(_) => return None,
                // Pings are answered by the library.
                Ok(_) => {}
            }
        }
    }
}

fn output(marked: bool, mut bytes: Bytes) -> Result<TerminalFrame, ClientError> {
    if !marked {
        return Ok(TerminalFrame::Output(bytes));
    }
    let payload = bytes.split_off(bytes.len().min(1));
    match bytes.first() {
        Some(1) => Ok(TerminalFrame::Output(payload)),
        Some(2) => Ok(TerminalFrame::Stderr(payload)),
        _ => Err(ClientError::Protocol("output of an unknown kind".into())),
    }
}

fn event(text: &str) -> Result<TerminalFrame, ClientError> {
    let event = serde_json::from_str(text)
        .map_err(|error| ClientError::Protocol(format!("a frame that cannot be read: {error}")))?;
    Ok(match event {
        TerminalEvent::Replay { offset } => TerminalFrame::Replay { offset },
        TerminalEvent::Exit { status } => TerminalFrame::Exit { status },
        TerminalEvent::Failed { message } => TerminalFrame::Failed { message },
    })
}

fn closed(error: &tungstenite::Error) -> ClientError {
    ClientError::Protocol(format!("the connection was closed: {error}"))
}
