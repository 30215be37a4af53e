//! What is spoken on a supervisor's socket.
//!
//! ```text
//! client ──Hello{version, request}──▶ supervisor ══frames both ways══ until either side closes
//! ```
//! One connection carries one request. A node keeps the supervisor it was started with, so a newer
//! agent meets older supervisors: requests and fields are only ever added, and what a supervisor
//! does not know it answers with `Control::Failed`.

use std::collections::BTreeMap;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use model::status::{NodeState, ProcessStatus, Usage};
use serde::{Deserialize, Serialize};
use tokio_util::codec::{Decoder, Encoder};

use crate::stream::WindowSize;

/// Raised when an agent must know whether a supervisor can do something.
pub const VERSION: u32 = 1;

/// A frame is a length (4 bytes, big-endian), a kind byte and the payload; the length counts the last two.
pub const MAX_FRAME_BYTES: usize = 1 << 20;
const LENGTH_BYTES: usize = 4;

/// The first frame of a connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    pub version: u32,
    pub request: Request,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Answered by one `Control::Status`.
    Status,
    /// A `Control::Status` now and after every change, and a `Control::Notice` for what happens.
    Watch,
    /// Start the processes; `Control::Done`. Again: nothing.
    Release,
    /// End everything; the connection ends with the supervisor.
    Stop { grace_ms: u64 },
    /// The network namespace, as a descriptor beside `Control::Done`.
    Netns,
    Console {
        name: String,
        size: WindowSize,
        from_offset: u64,
    },
    Exec {
        argv: Vec<String>,
        env: BTreeMap<String, String>,
        tty: Option<WindowSize>,
    },
    Logs {
        process: Option<String>,
        follow: bool,
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    Data(Bytes),
    Stderr(Bytes),
    Control(Control),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    // ---- to the supervisor ----
    Hello(Hello),
    Resize(WindowSize),
    EndOfInput,
    // ---- from the supervisor ----
    Replay { offset: u64 },
    Exit { status: i32 },
    Failed { status: i32, message: String },
    Status(Box<Status>),
    Notice { message: String },
    Done,
}

/// A node as its supervisor sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub version: u32,
    /// Its processes were let go.
    pub released: bool,
    pub state: NodeState,
    /// Unix milliseconds at which the state was entered.
    pub since_ms: u64,
    pub processes: Vec<ProcessStatus>,
    pub consoles: Vec<String>,
    pub usage: Usage,
}

#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("a frame of {0} bytes is longer than {MAX_FRAME_BYTES}")]
    TooLong(usize),
    #[error("a frame of kind {0} is not known")]
    UnknownKind(u8),
    #[error("a control frame cannot be read: {0}")]
    Control(#[from] serde_json::Error),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Frames on a byte stream; used by tokio's `Framed` in the agent and by hand in the supervisor.
#[derive(Debug, Default)]
pub struct FrameCodec;

impl Decoder for FrameCodec {
    type Item = Frame;
    type Error = FrameError;

    fn decode(&mut self, from: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        let Some(length) = from.first_chunk::<LENGTH_BYTES>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*length) as usize;
        if length > MAX_FRAME_BYTES {
            return Err(FrameError::TooLong(length));
        }
        if from.len() < LENGTH_BYTES + length {
            return Ok(None);
        }
        from.advance(LENGTH_BYTES);
        let mut frame = from.split_to(length).freeze();
        match frame.try_get_u8().unwrap_or(u8::MAX) {
            0 => Ok(Some(Frame::Data(frame))),
            1 => Ok(Some(Frame::Stderr(frame))),
            2 => Ok(Some(Frame::Control(serde_json::from_slice(&frame)?))),
            kind => Err(FrameError::UnknownKind(kind)),
        }
    }
}

impl Encoder<Frame> for FrameCodec {
    type Error = FrameError;

    fn encode(&mut self, frame: Frame, to: &mut BytesMut) -> Result<(), FrameError> {
        let (kind, payload) = match frame {
            Frame::Data(bytes) => (0, bytes),
            Frame::Stderr(bytes) => (1, bytes),
            Frame::Control(control) => (2, serde_json::to_vec(&control)?.into()),
        };
        let length = payload.len() + 1;
        let short = u32::try_from(length)
            .ok()
            .filter(|_| length <= MAX_FRAME_BYTES);
        to.put_u32(short.ok_or(FrameError::TooLong(length))?);
        to.put_u8(kind);
        to.put_slice(&payload);
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in_however_they_are_cut() {
        let frames = [
            Frame::Data(Bytes::from_static(b"ls\n")),
            Frame::Stderr(Bytes::new()),
            Frame::Control(Control::Hello(Hello {
                version: VERSION,
                request: Request::Stop { grace_ms: 5 },
            })),
        ];
        let mut wire = BytesMut::new();
        for frame in frames.clone() {
            FrameCodec.encode(frame, &mut wire).unwrap();
        }
        let (mut arrived, mut got) = (BytesMut::new(), Vec::new());
        for byte in wire {
            arrived.put_u8(byte);
            got.extend(FrameCodec.decode(&mut arrived).unwrap());
        }
        assert_eq!(got, frames);
    }

    #[test]
    fn what_is_no_frame_is_an_error_and_no_allocation() {
        let decode = |bytes: &[u8]| FrameCodec.decode(&mut BytesMut::from(bytes));
        assert!(matches!(
            decode(b"\xff\xff\xff\xff"),
            Err(FrameError::TooLong(_))
        ));
        assert!(matches!(
            decode(b"\0\0\0\x01\x09"),
            Err(FrameError::UnknownKind(9))
        ));
        assert!(matches!(
            decode(b"\0\0\0\0"),
            Err(FrameError::UnknownKind(_))
        ));
        assert!(matches!(
            decode(b"\0\0\0\x03\x02{x"),
            Err(FrameError::Control(_))
        ));
    }
}
