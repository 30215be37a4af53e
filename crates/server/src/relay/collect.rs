//! A command run to its end, its output kept.

use std::time::Duration;

use agent_api::AgentStream;
use agent_api::stream::{Control, StreamFrame};
use api::node::ExecResult;
use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};

use crate::error::Error;

const LONGEST: Duration = Duration::from_mins(1);
/// Of each kind of output.
const MOST_BYTES: usize = 1024 * 1024;
/// Input goes in frames of this size.
const CHUNK_BYTES: usize = 32 * 1024;

/// Gives the command its input and waits for its end.
pub async fn collect(stream: AgentStream, stdin: Bytes) -> Result<ExecResult, Error> {
    let AgentStream { mut input, output } = stream;
    let feed = async move {
        for chunk in stdin.chunks(CHUNK_BYTES) {
            let frame = StreamFrame::Data(stdin.slice_ref(chunk));
            if input.send(frame).await.is_err() {
                break;
            }
        }
        // A command that ended without reading its input is no fault.
        let _ = input.send(StreamFrame::Control(Control::EndOfInput)).await;
        // Held open: closing the stream would end the command.
        std::future::pending::<()>().await;
    };
    let read = tokio::time::timeout(LONGEST, read(output));
    let outcome = tokio::select! {
        outcome = read => outcome,
        () = feed => unreachable!("feeding never ends"),
    };
    outcome.map_err(|_| Error::Unprocessable {
        code: "exec_timeout".into(),
        what: format!(
            "The command ran for more than {} s and was ended; use exec/stream for long ones.",
            LONGEST.as_secs()
        ),
    })?
}

type Output = std::pin::Pin<
    Box<dyn futures_util::Stream<Item = Result<StreamFrame, agent_api::AgentError>> + Send>,
>;

async fn read(mut output: Output) -> Result<ExecResult, Error> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut truncated = false;
    let status = loop {
        match output.next().await.transpose()? {
            Some(StreamFrame::Data(bytes)) => truncated |= keep(&mut stdout, &bytes),
            Some(StreamFrame::Stderr(bytes)) => truncated |= keep(&mut stderr, &bytes),
            Some(StreamFrame::Control(Control::Exit { status })) => break status,
            Some(StreamFrame::Control(Control::Failed { status, message })) => {
                truncated |= keep(&mut stderr, message.as_bytes());
                break status;
            }
            Some(StreamFrame::Control(
                Control::Replay { .. } | Control::Resize(_) | Control::EndOfInput,
            )) => {}
            None => {
                return Err(Error::Unprocessable {
                    code: "node_stopped".into(),
                    what: "The node stopped before the command ended.".into(),
                });
            }
        }
    };
    Ok(ExecResult {
        status,
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
        truncated,
    })
}

/// Whether something was dropped.
fn keep(kept: &mut Vec<u8>, bytes: &[u8]) -> bool {
    let room = MOST_BYTES.saturating_sub(kept.len());
    kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
    bytes.len() > room
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use agent_api::AgentError;
    use futures_util::{SinkExt, sink, stream};

    use super::*;

    /// A command that says these frames, then nothing more.
    fn command(frames: Vec<StreamFrame>) -> AgentStream {
        let said = stream::iter(frames.into_iter().map(Ok));
        AgentStream {
            output: Box::pin(said.chain(stream::pending())),
            input: Box::pin(sink::drain().sink_map_err(|_| AgentError::Unreachable("no".into()))),
        }
    }

    fn says(bytes: usize) -> AgentStream {
        let data = StreamFrame::Data(Bytes::from(vec![b'x'; bytes]));
        let more = StreamFrame::Stderr(Bytes::from(vec![b'e'; bytes]));
        let exit = StreamFrame::Control(Control::Exit { status: 3 });
        command(vec![data, more, exit])
    }

    #[tokio::test]
    async fn a_commands_outputs_are_cut_at_a_mebibyte_each_which_is_said() {
        let fits = collect(says(MOST_BYTES), Bytes::new()).await.unwrap();
        assert_eq!(
            (fits.stdout.len(), fits.stderr.len()),
            (MOST_BYTES, MOST_BYTES)
        );
        assert_eq!((fits.status, fits.truncated), (3, false));
        let cut = collect(says(MOST_BYTES + 1), Bytes::new()).await.unwrap();
        assert_eq!(
            (cut.stdout.len(), cut.stderr.len()),
            (MOST_BYTES, MOST_BYTES)
        );
        assert_eq!((cut.status, cut.truncated), (3, true));
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_has_a_minute() {
        let begun = tokio::time::Instant::now();
        let late = StreamFrame::Control(Control::Exit { status: 0 });
        let ends_in_time = AgentStream {
            output: Box::pin(stream::once(async {
                tokio::time::sleep(LONGEST / 2).await;
                Ok(late)
            })),
            ..command(Vec::new())
        };
        assert_eq!(collect(ends_in_time, Bytes::new()).await.unwrap().status, 0);
        let refused = collect(command(Vec::new()), Bytes::new())
            .await
            .unwrap_err();
        assert_eq!(refused.kind().1, "exec_timeout");
        assert!(begun.elapsed() < LONGEST * 2 + Duration::from_secs(1));
    }
}
