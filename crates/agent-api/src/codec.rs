//! Frames: a big-endian u32 of length, then the payload.
//!
//! Control frames are JSON. Stream frames begin with a kind byte, so that bytes of a console are
//! carried as they are. A frame longer than its connection's limit ends the connection before its
//! payload is read, so that nobody can make the other side hold more than that.

use bytes::{BufMut, Bytes, BytesMut};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::codec::{Framed, LengthDelimitedCodec};

use crate::stream::{Control, StreamFrame};

/// A `HostSpec` of the largest labs with their configuration files stays below it.
pub const CONTROL_LIMIT_BYTES: usize = 64 << 20;
/// Writers of streams send far less at a time; see [`STREAM_CHUNK_BYTES`].
pub const STREAM_LIMIT_BYTES: usize = 1 << 20;
/// What one data frame carries at most when we write it.
pub const STREAM_CHUNK_BYTES: usize = 32 << 10;
/// The first frame comes from somebody we do not know yet.
pub const HELLO_LIMIT_BYTES: usize = 64 << 10;

const KIND_DATA: u8 = 0;
const KIND_STDERR: u8 = 1;
const KIND_CONTROL: u8 = 2;

/// A connection that carries frames.
pub type Wire<T> = Framed<T, LengthDelimitedCodec>;

/// Why a frame has no meaning.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    #[error("a frame that is not the JSON expected here")]
    Json(#[from] serde_json::Error),
    #[error("an empty stream frame")]
    Empty,
    #[error("a stream frame of unknown kind {0}")]
    Kind(u8),
}

/// A fresh connection: ready for the hello, and for nothing longer.
pub fn wire<T: tokio::io::AsyncRead + tokio::io::AsyncWrite>(io: T) -> Wire<T> {
    LengthDelimitedCodec::builder()
        .max_frame_length(HELLO_LIMIT_BYTES)
        .new_framed(io)
}

/// Any control message as a frame.
pub fn encode<T: Serialize>(message: &T) -> Result<Bytes, CodecError> {
    Ok(serde_json::to_vec(message)?.into())
}

/// `serde_json` refuses nesting deeper than 128 by itself.
pub fn decode<T: DeserializeOwned>(frame: &[u8]) -> Result<T, CodecError> {
    Ok(serde_json::from_slice(frame)?)
}

/// A stream frame with its kind byte.
pub fn encode_stream(frame: &StreamFrame) -> Result<Bytes, CodecError> {
    let control;
    let (kind, payload): (u8, &[u8]) = match frame {
        StreamFrame::Data(bytes) => (KIND_DATA, bytes),
        StreamFrame::Stderr(bytes) => (KIND_STDERR, bytes),
        StreamFrame::Control(message) => {
            control = serde_json::to_vec(message)?;
            (KIND_CONTROL, &control)
        }
    };
    let mut out = BytesMut::with_capacity(payload.len() + 1);
    out.put_u8(kind);
    out.put_slice(payload);
    Ok(out.freeze())
}

/// The opposite of [`encode_stream`]; the data is not copied.
pub fn decode_stream(frame: &Bytes) -> Result<StreamFrame, CodecError> {
    let kind = *frame.first().ok_or(CodecError::Empty)?;
    let payload = frame.slice(1..);
    match kind {
        KIND_DATA => Ok(StreamFrame::Data(payload)),
        KIND_STDERR => Ok(StreamFrame::Stderr(payload)),
        KIND_CONTROL => Ok(StreamFrame::Control(serde_json::from_slice::<Control>(
            &payload,
        )?)),
        other => Err(CodecError::Kind(other)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use futures_util::{SinkExt, StreamExt};
    use tokio::io::AsyncWriteExt;

    use super::*;

    #[test]
    fn stream_frames_come_back_as_they_went() {
        let frames = [
            StreamFrame::Data(Bytes::from_static(b"\x00\xff\r\n")),
            StreamFrame::Data(Bytes::new()),
            StreamFrame::Stderr(Bytes::from_static(b"oh")),
            StreamFrame::Control(Control::Exit { status: 137 }),
        ];
        for frame in frames {
            let back = decode_stream(&encode_stream(&frame).unwrap()).unwrap();
            assert_eq!(back, frame);
        }
    }

    #[test]
    fn a_frame_without_meaning_is_an_error() {
        for bad in [
            &b""[..],
            b"\x09data",
            b"\x02{",
            b"\x02{\"control\":\"dance\"}",
        ] {
            decode_stream(&Bytes::from_static(bad)).unwrap_err();
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_not_a_crash() {
        let deep = "[".repeat(100_000);
        decode::<serde_json::Value>(deep.as_bytes()).unwrap_err();
    }

    #[tokio::test]
    async fn a_frame_over_the_limit_is_refused_by_its_length_alone() {
        let (mut theirs, ours) = tokio::io::duplex(64);
        let mut ours = wire(ours);
        theirs.write_u32(0x7fff_ffff).await.unwrap();
        let error = ours.next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
    }

    #[tokio::test]
    async fn a_truncated_frame_is_an_error() {
        let (mut theirs, ours) = tokio::io::duplex(64);
        let mut ours = wire(ours);
        theirs.write_all(&[0, 0, 0, 9, b'{']).await.unwrap();
        drop(theirs);
        ours.next().await.unwrap().unwrap_err();
    }

    #[tokio::test]
    async fn frames_keep_their_borders() {
        let (theirs, ours) = tokio::io::duplex(64);
        let (mut theirs, mut ours) = (wire(theirs), wire(ours));
        theirs.send(Bytes::from_static(b"one")).await.unwrap();
        theirs.send(Bytes::from_static(b"two")).await.unwrap();
        assert_eq!(ours.next().await.unwrap().unwrap(), "one");
        assert_eq!(ours.next().await.unwrap().unwrap(), "two");
    }
}
