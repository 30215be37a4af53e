//! Streams of a node as the agent gets them: a supervisor's frames, or the log of a stopped node.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt, sink, stream};

use super::client::{self, Connection};
use super::folder::NodeFolder;
use super::logs;
use super::protocol::{Control, Frame, Request};
use crate::driver::{DriverError, NodeRef};
use crate::stream::{Input, NodeStream, Output, StreamKind};

/// Input is cut into frames of at most this.
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
    let broken = move |why: String| DriverError::Supervisor { node, why };
    let (to, from) = connection.split();
    let output = from.filter_map(move |frame| {
        let output = match frame {
            Ok(frame) => output_of(frame).map(Ok),
            Err(error) => Some(Err(broken(error.to_string()))),
        };
        std::future::ready(output)
    });
    let input = to
        .sink_map_err(move |error| broken(error.to_string()))
        .with_flat_map(|input| stream::iter(frames_of(input).into_iter().map(Ok)));
    NodeStream {
        output: Box::pin(output),
        input: Box::pin(input),
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
pub fn of_kept_log(folder: &NodeFolder, process: Option<&str>) -> Result<NodeStream, DriverError> {
    let name = process.unwrap_or(logs::SUPERVISOR);
    let kept = client::read_log(folder, name)
        .map_err(|error| DriverError::failed(format!("read the log of {name}"), error))?;
    let output = stream::iter([Ok(Output::Data(Bytes::from(kept)))]);
    let input = sink::drain().sink_map_err(|never| match never {});
    Ok(NodeStream {
        output: Box::pin(output),
        input: Box::pin(input),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
