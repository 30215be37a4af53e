//! Streams: bytes of one console, command, log or file, on a connection of their own.
//!
//! ```text
//! server ──Open(Opening)──▶ agent ──Ticket──▶ server ──connect, Hello::Stream──▶ agent ══frames══
//! ```
//! Either side may close at any time; a closed console stream leaves the shell running.

use std::collections::BTreeMap;

use crate::image::ImageTransfer;
use bytes::Bytes;
use model::{LabId, NodeId};
use serde::{Deserialize, Serialize};

/// 122 random bits as hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub String);

/// What a stream is to carry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "open", rename_all = "snake_case")]
pub enum Opening {
    /// The node's console. Output begins with the scrollback from `from_offset` on (0: all that is
    /// kept), announced by `Control::Replay`, so that a client can go on where it was cut off.
    Console {
        lab: LabId,
        node: NodeId,
        console: String,
        size: WindowSize,
        from_offset: u64,
    },
    /// A command in the node, by `execvp`, not by a shell. Ends with `Control::Exit`.
    Exec {
        lab: LabId,
        node: NodeId,
        argv: Vec<String>,
        env: BTreeMap<String, String>,
        tty: Option<WindowSize>,
    },
    /// Log of one process of the node, or of the supervisor (`None`): the kept part, then what comes if `follow`.
    Logs {
        lab: LabId,
        node: NodeId,
        process: Option<String>,
        follow: bool,
    },
    /// A file or folder of the node as a tar stream. Ends with `Control::Exit`.
    GetFile {
        lab: LabId,
        node: NodeId,
        path: String,
    },
    /// A tar stream unpacked in the node's folder `path`. Ends with `Control::Exit`.
    PutFile {
        lab: LabId,
        node: NodeId,
        path: String,
    },
    /// A connection to a TCP port of the node, as from inside. Ends with `Control::Exit`. Since 3.
    Port { lab: LabId, node: NodeId, port: u16 },
    /// An image on its way into the host's store. Since 3.
    Image(ImageTransfer),
}

impl Opening {
    /// The node that it leads into; an image leads into none.
    pub fn node(&self) -> Option<(LabId, NodeId)> {
        match self {
            Self::Console { lab, node, .. }
            | Self::Exec { lab, node, .. }
            | Self::Logs { lab, node, .. }
            | Self::GetFile { lab, node, .. }
            | Self::PutFile { lab, node, .. }
            | Self::Port { lab, node, .. } => Some((*lab, *node)),
            Self::Image(_) => None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSize {
    pub columns: u16,
    pub rows: u16,
}

/// One frame of a stream: a kind byte and its payload.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamFrame {
    /// To the node: its input. From the node: its output. Kind 0.
    Data(Bytes),
    /// From the node: its standard error. Kind 1.
    Stderr(Bytes),
    /// JSON. Kind 2.
    Control(Control),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "control", rename_all = "snake_case")]
pub enum Control {
    /// To the node.
    Resize(WindowSize),
    /// To the node: no more input.
    EndOfInput,
    /// From a console, before its first data: the offset of the first byte that follows, counted from
    /// the console's first byte ever; greater than asked for when older output is no more kept.
    Replay { offset: u64 },
    /// From the node: the command ended; the stream closes after it.
    Exit { status: i32 },
    /// From the node: it could not be done; the stream closes after it. A missing program answers 127, one that cannot run 126.
    Failed { status: i32, message: String },
}
