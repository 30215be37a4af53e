//! Logs and files: an agent stream as the body of a request or an answer.

use std::io;
use std::time::Duration;

use agent_api::stream::{Control, StreamFrame};
use agent_api::{AgentError, AgentStream};
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::SinkExt;
use futures_util::stream::{self, Stream, StreamExt};

use crate::auth::Stay;
use crate::error::Error;

/// So much of what goes wrong is told.
const SAID_BYTES: usize = 2 << 10;

/// What a frame means for a body.
enum Step {
    Bytes(Bytes),
    Nothing,
    End,
    Failed(String),
}

/// An archive without anything in it is so long, and nothing but zeros.
const EMPTY_ARCHIVE_BYTES: usize = 64 << 10;

/// The stream as a body. Waits for its first bytes, so that a failure can still be told as one: for
/// those that say something, as `tar` ends its empty archive properly before it ends badly.
pub async fn download(stream: AgentStream, stay: Stay) -> Result<Body, Error> {
    // The input is held for as long as the body: dropping it would close the stream.
    let AgentStream { mut output, input } = stream;
    let (first, over) = tokio::select! {
        first = first_bytes(&mut output) => first?,
        () = stay.ended() => return Err(stay.refusal()),
    };
    if over {
        return Ok(Body::from(first));
    }
    let rest = stream::unfold((output, input, stay), |(mut output, input, stay)| async {
        loop {
            let next = tokio::select! {
                next = output.next() => step(next),
                () = stay.ended() => Step::Failed(stay.why().into()),
            };
            match next {
                Step::Bytes(bytes) => return Some((Ok(bytes), (output, input, stay))),
                Step::Nothing => {}
                Step::End => return None,
                // The body breaks off, so that the client sees that it is not whole.
                Step::Failed(what) => {
                    return Some((Err(io::Error::other(what)), (output, input, stay)));
                }
            }
        }
    });
    let whole = stream::once(async { Ok(first) }).chain(rest);
    Ok(Body::from_stream(whole))
}

/// Enough to tell that it goes well, or all of it: then `true` comes with them.
async fn first_bytes(
    output: &mut (impl Stream<Item = Result<StreamFrame, AgentError>> + Unpin),
) -> Result<(Bytes, bool), Error> {
    let mut first = BytesMut::new();
    let mut said = Vec::new();
    loop {
        let frame = output.next().await;
        hear(frame.as_ref(), &mut said);
        match step(frame) {
            Step::Bytes(bytes) => {
                first.extend_from_slice(&bytes);
                if first.len() > EMPTY_ARCHIVE_BYTES || bytes.iter().any(|byte| *byte != 0) {
                    return Ok((first.freeze(), false));
                }
            }
            Step::Nothing => {}
            Step::End => return Ok((first.freeze(), true)),
            Step::Failed(what) => return Err(file_failed("read", &what, &said)),
        }
    }
}

/// Sends the body into the stream and waits until it is taken.
/// A client that sends nothing for `silence` has given up.
pub async fn upload(
    stream: AgentStream,
    body: Body,
    stay: Stay,
    silence: Duration,
) -> Result<(), Error> {
    // What is dropped in the middle ends at the node too: what it has unpacked so far stays.
    tokio::select! {
        taken = send_up(stream, body, silence) => taken,
        () = stay.ended() => Err(stay.refusal()),
    }
}

async fn send_up(stream: AgentStream, body: Body, silence: Duration) -> Result<(), Error> {
    let AgentStream { output, mut input } = stream;
    let mut chunks = body.into_data_stream();
    let sending = async {
        while let Some(chunk) = tokio::time::timeout(silence, chunks.next())
            .await
            .map_err(|_| Error::TooSlow)?
        {
            let chunk = chunk.map_err(|error| Error::BadRequest {
                code: "unreadable_body",
                what: format!("The body broke off: {error}."),
            })?;
            if input.send(StreamFrame::Data(chunk)).await.is_err() {
                break;
            }
        }
        let _ = input.send(StreamFrame::Control(Control::EndOfInput)).await;
        Ok::<(), Error>(())
    };
    // The end is awaited beside the sending: a folder that is missing is told before a long body.
    let finish = wait_until_taken(output);
    tokio::pin!(finish);
    tokio::select! {
        sent = sending => sent?,
        finished = &mut finish => return finished,
    }
    finish.await
}

async fn wait_until_taken(
    mut output: impl Stream<Item = Result<StreamFrame, AgentError>> + Unpin,
) -> Result<(), Error> {
    let mut said = Vec::new();
    loop {
        let frame = output.next().await;
        hear(frame.as_ref(), &mut said);
        match step(frame) {
            Step::End => return Ok(()),
            Step::Failed(what) => return Err(file_failed("written", &what, &said)),
            Step::Bytes(_) | Step::Nothing => {}
        }
    }
}

/// Keeps the first words of the program that packs or unpacks.
fn hear(frame: Option<&Result<StreamFrame, AgentError>>, said: &mut Vec<u8>) {
    if let Some(Ok(StreamFrame::Stderr(words))) = frame {
        let room = SAID_BYTES.saturating_sub(said.len()).min(words.len());
        said.extend_from_slice(&words[..room]);
    }
}

/// In the program's own words where it has some: they name the file.
fn file_failed(act: &str, what: &str, said: &[u8]) -> Error {
    let said = String::from_utf8_lossy(said);
    let of_use = |line: &&str| !line.is_empty() && !line.contains("xiting");
    let lines: Vec<&str> = said.lines().map(str::trim).filter(of_use).collect();
    let why = if lines.is_empty() {
        what.to_owned()
    } else {
        lines.join("; ")
    };
    Error::Unprocessable {
        code: "file_failed".into(),
        what: format!("It could not be {act}: {why}."),
    }
}

fn step(frame: Option<Result<StreamFrame, AgentError>>) -> Step {
    match frame {
        Some(Ok(StreamFrame::Data(bytes))) => Step::Bytes(bytes),
        Some(Ok(StreamFrame::Control(Control::Exit { status: 0 }))) | None => Step::End,
        Some(Ok(StreamFrame::Control(Control::Exit { status }))) => {
            Step::Failed(format!("it ended with status {status}"))
        }
        Some(Ok(StreamFrame::Control(Control::Failed { message, .. }))) => Step::Failed(message),
        Some(Ok(
            StreamFrame::Stderr(_)
            | StreamFrame::Control(Control::Replay { .. } | Control::Resize(_) | Control::EndOfInput),
        )) => Step::Nothing,
        Some(Err(error)) => Step::Failed(error.to_string()),
    }
}
