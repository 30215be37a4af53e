//! Images on their way: what a pull says as lines, an archive as a request's body.

use std::convert::Infallible;
use std::time::Duration;

use agent_api::stream::{Control, StreamFrame};
use agent_api::{AgentError, AgentStream, ImageProgress};
use api::image::PullProgress;
use axum::body::Body;
use bytes::Bytes;
use futures_util::{SinkExt, Stream, StreamExt, stream};

use crate::auth::Stay;
use crate::error::Error;

/// The end of a transfer, or what it says.
enum Said {
    Progress(ImageProgress),
    Nothing,
    End,
    Failed(String),
}

/// A JSON object a line; the last one says that it is there, or why not.
pub fn pull_lines(stream: AgentStream, stay: Stay) -> Body {
    // The input is held for as long as the body: dropping it would end the pull.
    let AgentStream { output, input } = stream;
    let state = Some((output, input, stay));
    let lines = stream::unfold(state, |state| async {
        let (mut output, input, stay) = state?;
        loop {
            let said = tokio::select! {
                next = output.next() => said(next),
                () = stay.ended() => Said::Failed(stay.why().into()),
            };
            return match said {
                Said::Progress(progress) => {
                    Some((line(&told(progress)), Some((output, input, stay))))
                }
                Said::Nothing => continue,
                Said::End => None,
                Said::Failed(why) => Some((line(&PullProgress::Failed { why }), None)),
            };
        }
    });
    Body::from_stream(lines.map(Ok::<_, Infallible>))
}

fn told(progress: ImageProgress) -> PullProgress {
    match progress {
        ImageProgress::Doing { what } => PullProgress::Doing { what },
        ImageProgress::Loaded { name } => PullProgress::Loaded { name },
    }
}

fn line(progress: &PullProgress) -> Bytes {
    let mut line = serde_json::to_vec(progress).expect("strings serialize");
    line.push(b'\n');
    line.into()
}

/// Sends the body as an archive; answers the names of what came. A client that sends nothing for
/// `silence` has given up.
pub async fn load(
    stream: AgentStream,
    body: Body,
    stay: Stay,
    silence: Duration,
) -> Result<Vec<String>, Error> {
    tokio::select! {
        loaded = send_up(stream, body, silence) => loaded,
        () = stay.ended() => Err(stay.refusal()),
    }
}

async fn send_up(stream: AgentStream, body: Body, silence: Duration) -> Result<Vec<String>, Error> {
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
            // An engine that reads no more says why on the other side.
            if input.send(StreamFrame::Data(chunk)).await.is_err() {
                return Ok(());
            }
        }
        // As above.
        let _ = input.send(StreamFrame::Control(Control::EndOfInput)).await;
        Ok::<(), Error>(())
    };
    let finish = wait_until_loaded(output);
    tokio::pin!(finish);
    tokio::select! {
        sent = sending => sent?,
        finished = &mut finish => return finished,
    }
    finish.await
}

async fn wait_until_loaded(
    mut output: impl Stream<Item = Result<StreamFrame, AgentError>> + Unpin,
) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    loop {
        match said(output.next().await) {
            Said::Progress(ImageProgress::Loaded { name }) => names.push(name),
            Said::Progress(ImageProgress::Doing { .. }) | Said::Nothing => {}
            Said::End if names.is_empty() => return Err(failed("there is no image in it")),
            Said::End => return Ok(names),
            Said::Failed(why) => return Err(failed(&why)),
        }
    }
}

fn failed(why: &str) -> Error {
    Error::Unprocessable {
        code: "image_failed".into(),
        what: format!("The archive is not taken: {why}."),
    }
}

/// Frames are lines: the agent sends each whole.
fn said(frame: Option<Result<StreamFrame, AgentError>>) -> Said {
    match frame {
        Some(Ok(StreamFrame::Data(line))) => {
            serde_json::from_slice(&line).map_or(Said::Nothing, Said::Progress)
        }
        Some(Ok(StreamFrame::Control(Control::Exit { .. }))) => Said::End,
        Some(Ok(StreamFrame::Control(Control::Failed { message, .. }))) => Said::Failed(message),
        Some(Ok(StreamFrame::Stderr(_) | StreamFrame::Control(_))) => Said::Nothing,
        Some(Err(error)) => Said::Failed(error.to_string()),
        None => Said::Failed("the agent's connection ended before".into()),
    }
}
