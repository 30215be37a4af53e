//! Bytes to and from the engine as they are: an exec's terminal, a container's own, its log.
//!
//! The library guesses by the first byte of what arrives whether it is framed, and a terminal may say
//! anything. We know which it is: with a terminal nothing is framed, without one everything is.

use std::path::Path;

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_util::codec::{Decoder, FramedRead};

use crate::stream::Output;

const HEAD_BYTES: usize = 64 << 10;
const ERROR_BYTES: u64 = 64 << 10;

/// A connection that is the stream from here on, with what came of it already.
pub struct Raw {
    pub socket: UnixStream,
    pub begun: BytesMut,
}

/// `POST`, and both directions.
pub async fn upgrade(engine: &Path, path: &str, body: &str) -> Result<Raw, String> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    ask(engine, &request).await
}

/// `GET`, and what comes until its end: by the old version of HTTP nothing is cut into chunks.
pub async fn get(engine: &Path, path: &str) -> Result<Raw, String> {
    ask(
        engine,
        &format!("GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n"),
    )
    .await
}

async fn ask(engine: &Path, request: &str) -> Result<Raw, String> {
    let asked = async {
        let mut socket = UnixStream::connect(engine).await?;
        socket.write_all(request.as_bytes()).await?;
        let mut begun = BytesMut::new();
        let end = loop {
            if let Some(end) = end_of_head(&begun) {
                break end;
            }
            if begun.len() > HEAD_BYTES || socket.read_buf(&mut begun).await? == 0 {
                return Err(std::io::Error::other("it answers no HTTP"));
            }
        };
        let head = begun.split_to(end);
        Ok((socket, head, begun))
    };
    let (socket, head, begun) = asked.await.map_err(|error| error.to_string())?;
    let head = String::from_utf8_lossy(&head).into_owned();
    if matches!(status_of(&head), Some(101 | 200)) {
        return Ok(Raw { socket, begun });
    }
    Err(refusal(socket, &begun).await)
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(end + 4)
}

fn status_of(head: &str) -> Option<u16> {
    head.split_whitespace().nth(1)?.parse().ok()
}

/// A refusal is a short JSON document.
async fn refusal(socket: UnixStream, begun: &[u8]) -> String {
    let mut text = begun.to_vec();
    let whole = |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).ok();
    let mut rest = socket.take(ERROR_BYTES);
    let document = loop {
        if let Some(document) = whole(&text) {
            break Some(document);
        }
        if !matches!(rest.read_buf(&mut text).await, Ok(1..)) {
            break None;
        }
    };
    let message = document.and_then(|document| Some(document["message"].as_str()?.to_owned()));
    message.unwrap_or_else(|| String::from_utf8_lossy(&text).trim().to_owned())
}

/// How the bytes are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// As they come.
    Terminal,
    /// Each piece after eight bytes: which output it is of, and its length.
    Framed,
}

impl Decoder for Wire {
    type Item = Output;
    type Error = std::io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> Result<Option<Output>, std::io::Error> {
        if *self == Self::Terminal {
            let all = bytes.split().freeze();
            return Ok((!all.is_empty()).then_some(Output::Data(all)));
        }
        let Some(head) = bytes.get(..8) else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let is_error = head[0] == 2;
        if bytes.len() < 8 + length {
            bytes.reserve(8 + length - bytes.len());
            return Ok(None);
        }
        bytes.advance(8);
        let piece: Bytes = bytes.split_to(length).freeze();
        Ok(Some(if is_error {
            Output::Stderr(piece)
        } else {
            Output::Data(piece)
        }))
    }
}

/// What comes, to its end.
pub fn outputs<R>(from: R, begun: BytesMut, wire: Wire) -> impl Stream<Item = Output> + Send
where
    R: AsyncRead + Unpin + Send,
{
    let begun = std::io::Cursor::new(begun.freeze());
    FramedRead::new(AsyncReadExt::chain(begun, from), wire)
        .take_while(|next| std::future::ready(next.is_ok()))
        .filter_map(|next| std::future::ready(next.ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_are_told_apart_and_a_terminal_says_what_it_says() {
        let framed = b"\x01\0\0\0\0\0\0\x02ab\x02\0\0\0\0\0\0\x01c";
        let read = |wire| outputs(&framed[5..], BytesMut::from(&framed[..5]), wire);
        let all: Vec<Output> = read(Wire::Framed).collect().await;
        let expected = [
            Output::Data(Bytes::from_static(b"ab")),
            Output::Stderr(Bytes::from_static(b"c")),
        ];
        assert_eq!(all, expected);
        let all: Vec<Output> = read(Wire::Terminal).collect().await;
        let bytes: usize = all
            .iter()
            .map(|output| match output {
                Output::Data(bytes) => bytes.len(),
                _ => 0,
            })
            .sum();
        assert_eq!(bytes, framed.len());
    }

    #[test]
    fn the_head_ends_with_an_empty_line() {
        assert_eq!(
            end_of_head(b"HTTP/1.1 101 UPGRADED\r\nA: b\r\n\r\nxyz"),
            Some(31)
        );
        assert_eq!(status_of("HTTP/1.1 101 UPGRADED\r\n"), Some(101));
        assert_eq!(end_of_head(b"HTTP"), None);
    }
}
