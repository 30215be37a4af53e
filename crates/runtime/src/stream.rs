//! Bytes into and out of a node: a console, a command, a log, a file.

use std::collections::BTreeMap;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Sink, Stream};
use serde::{Deserialize, Serialize};

use crate::driver::DriverError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowSize {
    pub columns: u16,
    pub rows: u16,
}

/// What to open in a node.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamKind {
    /// Begins with `Output::Replay` and the kept output from `from_offset` on. Closing it leaves the
    /// shell running.
    Console {
        name: String,
        size: WindowSize,
        from_offset: u64,
    },
    /// A command by `execvp`; ends with `Output::Exit`, or `Output::Failed` with 127 when the program
    /// is missing and 126 when it cannot run. Closing the stream kills it.
    Exec {
        argv: Vec<String>,
        env: BTreeMap<String, String>,
        tty: Option<WindowSize>,
    },
    /// The log of one process, or of the supervisor (`None`).
    Logs {
        process: Option<String>,
        follow: bool,
    },
    /// A file or folder as a tar stream, entries named from the last part of the path. Ends with `Output::Exit`.
    GetFile { path: String },
    /// A tar stream unpacked in the existing folder `path`. Ends with `Output::Exit`.
    PutFile { path: String },
}

/// From the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// The offset of the first byte that follows, counted from the console's first byte ever. Comes
    /// again when a slow reader missed bytes.
    Replay {
        offset: u64,
    },
    Data(Bytes),
    Stderr(Bytes),
    /// The command ended: its status, or 128 + the signal that ended it. Nothing follows.
    Exit {
        status: i32,
    },
    /// It could not be done. Nothing follows.
    Failed {
        status: i32,
        message: String,
    },
}

/// To the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Data(Bytes),
    Resize(WindowSize),
    EndOfInput,
}

/// Both directions of an open stream.
pub struct NodeStream {
    pub output: Pin<Box<dyn Stream<Item = Result<Output, DriverError>> + Send>>,
    pub input: Pin<Box<dyn Sink<Input, Error = DriverError> + Send>>,
}
