//! Logs and files: an agent stream as the body of a request or an answer.

use std::io;

use agent_api::stream::{Control, StreamFrame};
use agent_api::{AgentError, AgentStream};
use axum::body::Body;
use bytes::Bytes;
use futures_util::SinkExt;
use futures_util::stream::{self, Stream, StreamExt};
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// What a frame means for a body.
enum Step {
    Bytes(Bytes),
    Nothing,
    End,
    Failed(String),
}

/// The stream as a body. Waits for its first bytes, so that a failure can still be told as one.
pub async fn download(stream: AgentStream, ended: CancellationToken) -> Result<Body, Error> {
    // The input is held for as long as the body: dropping it would close the stream.
    let AgentStream { mut output, input } = stream;
    let first = loop {
        match step(output.next().await) {
            Step::Bytes(bytes) => break Some(bytes),
            Step::Nothing => {}
            Step::End => break None,
            Step::Failed(what) => {
                return Err(Error::Unprocessable {
                    code: "file_failed".into(),
                    what,
                });
            }
        }
    };
    let Some(first) = first else {
        return Ok(Body::empty());
    };
    let rest = stream::unfold((output, input, ended), |(mut output, input, ended)| async {
        loop {
            let next = tokio::select! {
                next = output.next() => step(next),
                () = ended.cancelled() => Step::Failed("the session has ended".into()),
            };
            match next {
                Step::Bytes(bytes) => return Some((Ok(bytes), (output, input, ended))),
                Step::Nothing => {}
                Step::End => return None,
                // The body breaks off, so that the client sees that it is not whole.
                Step::Failed(what) => {
                    return Some((Err(io::Error::other(what)), (output, input, ended)));
                }
            }
        }
    });
    let whole = stream::once(async { Ok(first) }).chain(rest);
    Ok(Body::from_stream(whole))
}

/// Sends the body into the stream and waits until it is taken.
pub async fn upload(stream: AgentStream, body: Body) -> Result<(), Error> {
    let AgentStream { output, mut input } = stream;
    let mut chunks = body.into_data_stream();
    let sending = async {
        while let Some(chunk) = chunks.next().await {
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
        if let Some(Ok(StreamFrame::Stderr(words))) = &frame {
            said.extend_from_slice(words);
        }
        match step(frame) {
            Step::End => return Ok(()),
            Step::Failed(what) => return Err(not_taken(&what, &said)),
            Step::Bytes(_) | Step::Nothing => {}
        }
    }
}

fn not_taken(what: &str, said: &[u8]) -> Error {
    let said = String::from_utf8_lossy(said);
    let what = format!("{what} {}", said.trim());
    Error::Unprocessable {
        code: "file_failed".into(),
        what: what.trim().to_owned(),
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
