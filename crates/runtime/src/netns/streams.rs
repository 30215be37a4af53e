//! Streams of a node as the agent gets them: a supervisor's frames, or the log of a stopped node.

use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{Sink, SinkExt, Stream, StreamExt, sink, stream};

use super::acts;
use super::client::Connection;
use super::folder::NodeFolder;
use super::logs;
use super::protocol::{Control, Frame, FrameError, Request};
use crate::driver::{DriverError, NodeRef};
use crate::stream::{Input, NodeStream, Output, StreamKind};

/// What is long is cut into pieces of at most this.
const PIECE_BYTES: usize = 256 << 10;

/// Files are packed and unpacked by the `tar` of the node's own `/usr`, inside the node: with its
/// rights and its view, so no link in it leads out, and a broken archive harms nothing but itself.
pub fn request_of(kind: StreamKind) -> Request {
    let tar = |folder: &str, more: &[&str]| {
        let words = ["tar", "--directory", folder]
            .into_iter()
            .chain(more.iter().copied());
        let argv = words.map(str::to_owned).collect();
        Request::Exec {
            argv,
            env: std::collections::BTreeMap::new(),
            tty: None,
        }
    };
    match kind {
        StreamKind::Console {
            name,
            size,
            from_offset,
        } => Request::Console {
            name,
            size,
            from_offset,
        },
        StreamKind::Exec { argv, env, tty } => Request::Exec { argv, env, tty },
        StreamKind::Logs { process, follow } => Request::Logs { process, follow },
        StreamKind::GetFile { path } => {
            let (folder, name) = split(&path);
            tar(folder, &["--create", "--file=-", "--", name])
        }
        StreamKind::PutFile { path } => tar(&path, &["--extract", "--no-same-owner", "--file=-"]),
    }
}

/// The folder a path lies in, and its last part.
fn split(path: &str) -> (&str, &str) {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((folder, name)) => (folder, name),
        None if path.is_empty() => ("/", "."),
        None => ("/", path),
    }
}

pub fn of_connection(node: NodeRef, connection: Connection) -> NodeStream {
    let (to, from) = connection.split();
    let output = stream::unfold(Some(from), move |from| next_output(node, from));
    let input = UntilClosed { to, closed: false }
        .sink_map_err(move |error| DriverError::Supervisor {
            node,
            why: error.to_string(),
        })
        .with_flat_map(|input| stream::iter(frames_of(input).into_iter().map(Ok)));
    NodeStream {
        output: Box::pin(output),
        input: Box::pin(input),
    }
}

type Next = Option<(Result<Output, DriverError>, Option<SplitStream<Connection>>)>;

/// Nothing follows the last word, also not the error of a connection that is closed.
async fn next_output(node: NodeRef, from: Option<SplitStream<Connection>>) -> Next {
    let mut from = from?;
    loop {
        match from.next().await? {
            Ok(frame) => match output_of(frame) {
                Some(last @ (Output::Exit { .. } | Output::Failed { .. })) => {
                    return Some((Ok(last), None));
                }
                Some(output) => return Some((Ok(output), Some(from))),
                None => {}
            },
            Err(error) => {
                let why = error.to_string();
                return Some((Err(DriverError::Supervisor { node, why }), None));
            }
        }
    }
}

/// A command may end before it has read all of its input: what comes too late is dropped, and how it
/// ended is said by the output alone.
struct UntilClosed {
    to: SplitSink<Connection, Frame>,
    closed: bool,
}

impl UntilClosed {
    fn unless_closed(&mut self, done: Result<(), FrameError>) -> Result<(), FrameError> {
        match done {
            Err(FrameError::Io(error))
                if matches!(
                    error.kind(),
                    ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
                ) =>
            {
                self.closed = true;
                Ok(())
            }
            done => done,
        }
    }

    fn poll(
        &mut self,
        act: impl FnOnce(Pin<&mut SplitSink<Connection, Frame>>) -> Poll<Result<(), FrameError>>,
    ) -> Poll<Result<(), FrameError>> {
        if self.closed {
            return Poll::Ready(Ok(()));
        }
        let done = std::task::ready!(act(Pin::new(&mut self.to)));
        Poll::Ready(self.unless_closed(done))
    }
}

impl Sink<Frame> for UntilClosed {
    type Error = FrameError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), FrameError>> {
        self.poll(|to| to.poll_ready(cx))
    }

    fn start_send(mut self: Pin<&mut Self>, frame: Frame) -> Result<(), FrameError> {
        if self.closed {
            return Ok(());
        }
        let sent = Pin::new(&mut self.to).start_send(frame);
        self.unless_closed(sent)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), FrameError>> {
        self.poll(|to| to.poll_flush(cx))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), FrameError>> {
        self.poll(|to| to.poll_close(cx))
    }
}

/// What an older or newer supervisor says besides is not for the reader.
fn output_of(frame: Frame) -> Option<Output> {
    match frame {
        Frame::Data(bytes) => Some(Output::Data(bytes)),
        Frame::Stderr(bytes) => Some(Output::Stderr(bytes)),
        Frame::Control(Control::Replay { offset }) => Some(Output::Replay { offset }),
        Frame::Control(Control::Exit { status }) => Some(Output::Exit { status }),
        Frame::Control(Control::Failed { status, message }) => {
            Some(Output::Failed { status, message })
        }
        Frame::Control(
            Control::Hello(_)
            | Control::Resize(_)
            | Control::EndOfInput
            | Control::Status(_)
            | Control::Notice { .. }
            | Control::Done,
        ) => None,
    }
}

fn frames_of(input: Input) -> Vec<Frame> {
    match input {
        Input::Data(mut bytes) => {
            let mut frames = Vec::new();
            while !bytes.is_empty() {
                let piece = bytes.split_to(bytes.len().min(PIECE_BYTES));
                frames.push(Frame::Data(piece));
            }
            frames
        }
        Input::Resize(size) => vec![Frame::Control(Control::Resize(size))],
        Input::EndOfInput => vec![Frame::Control(Control::EndOfInput)],
    }
}

/// The log a stopped node left; nothing follows, and nothing can be typed.
pub async fn of_kept_log(
    folder: &NodeFolder,
    process: Option<&str>,
) -> Result<NodeStream, DriverError> {
    let name = process.unwrap_or(logs::SUPERVISOR).to_owned();
    let what = format!("read the log of {name}");
    let kept = acts::in_thread(folder, &what, move |folder| {
        logs::read_all(&folder.logs(), &name)
    });
    let output = pieces(kept.await?);
    let input = sink::drain().sink_map_err(|never| match never {});
    Ok(NodeStream {
        output: Box::pin(output),
        input: Box::pin(input),
    })
}

/// A running node's log, after what its earlier runs left.
pub async fn after_earlier_runs(
    stream: NodeStream,
    folder: &NodeFolder,
    process: Option<&str>,
) -> Result<NodeStream, DriverError> {
    let name = process.unwrap_or(logs::SUPERVISOR).to_owned();
    let what = format!("read the earlier logs of {name}");
    let earlier = acts::in_thread(folder, &what, move |folder| {
        Ok(logs::read_earlier(&folder.logs(), &name))
    });
    let earlier = pieces(earlier.await?);
    Ok(NodeStream {
        output: Box::pin(earlier.chain(stream.output)),
        input: stream.input,
    })
}

/// Whoever carries them on has a limit for one.
fn pieces(text: Vec<u8>) -> impl Stream<Item = Result<Output, DriverError>> + use<> {
    let mut rest = Bytes::from(text);
    stream::iter(std::iter::from_fn(move || {
        let piece = rest.split_to(rest.len().min(PIECE_BYTES));
        (!piece.is_empty()).then(|| Ok(Output::Data(piece)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_log_is_carried_in_pieces() {
        let text: Vec<u8> = (0..3 << 20)
            .map(|number: u32| number.to_le_bytes()[1])
            .collect();
        let mut carried = Vec::new();
        let mut pieces = std::pin::pin!(pieces(text.clone()));
        while let Some(Ok(Output::Data(piece))) = pieces.next().await {
            assert!((1..=PIECE_BYTES).contains(&piece.len()));
            carried.extend(piece);
        }
        assert!(carried == text);
    }

    #[test]
    fn a_path_is_packed_from_the_folder_it_lies_in() {
        for (path, expected) in [
            ("/etc/frr/frr.conf", ("/etc/frr", "frr.conf")),
            ("/etc/", ("/", "etc")),
            ("/", ("/", ".")),
        ] {
            assert_eq!(split(path), expected, "{path}");
        }
    }
}
