//! Streams of simulated nodes.

use futures_util::{Stream, StreamExt};
use model::{LabId, NodeId};
use std::pin::pin;
use std::sync::Arc;

use super::exec::{self, Runs};
use super::node::{Files, SimNode, lock};
use super::shell::Shell;
use super::world::World;
use crate::client::{AgentError, AgentStream, NodeEnd, pair};
use crate::stream::{Control, Opening, StreamFrame};

/// Frames that wait in each direction.
const DEPTH: usize = 16;
/// The one TCP port on which nothing of a simulated node answers.
const CLOSED: u16 = 1;
const TAR_FAILED: i32 = 2;
/// Zeros up to a whole record.
const EMPTY_ARCHIVE_BYTES: usize = 10 << 10;

pub(super) fn open(world: &mut World, opening: Opening) -> Result<AgentStream, AgentError> {
    let Some((lab, id)) = opening.node() else {
        return Ok(world.images.open(opening));
    };
    let node = find(world, lab, id)?;
    check(node, &opening)?;
    let (stream, end) = pair(DEPTH);
    match opening {
        Opening::Console {
            console,
            from_offset,
            ..
        } => {
            tokio::spawn(run_console(end, shell(node, &console)?, from_offset));
        }
        Opening::Exec { argv, .. } => {
            tokio::spawn(run_exec(end, exec::start(&node.spec.name, &argv)));
        }
        Opening::Logs { follow, .. } => {
            let lines = node.log.clone().read(0, follow);
            tokio::spawn(async move {
                send_all(&end, lines).await;
            });
        }
        Opening::GetFile { path, .. } => {
            let found = lock(&node.files).get(&path).cloned();
            tokio::spawn(send_file(end, path, found));
        }
        // It leads into no node.
        Opening::Image(_) => {}
        Opening::Port { .. } => {
            tokio::spawn(echo(end));
        }
        Opening::PutFile { path, .. } => {
            tokio::spawn(keep_file(end, path, node.files.clone()));
        }
    }
    Ok(stream)
}

/// What a real agent would refuse.
fn check(node: &SimNode, opening: &Opening) -> Result<(), AgentError> {
    if !matches!(opening, Opening::Logs { .. }) && !node.is_up() {
        let message = format!("node {} does not run", node.spec.name);
        return Err(failed("not_running", message));
    }
    if matches!(opening, Opening::Port { port: CLOSED, .. }) {
        let message = format!("nothing in the node answers on TCP port {CLOSED} (simulated)");
        return Err(failed("port_closed", message));
    }
    Ok(())
}

fn shell(node: &SimNode, console: &str) -> Result<Arc<Shell>, AgentError> {
    let shell = node.consoles.get(console).cloned();
    shell.ok_or_else(|| {
        let message = format!("node {} has no console {console}", node.spec.name);
        failed("unknown_console", message)
    })
}

fn find(world: &mut World, lab: LabId, node: NodeId) -> Result<&mut SimNode, AgentError> {
    let in_lab = world
        .lab_nodes(lab)
        .ok_or_else(|| failed("unknown_lab", format!("this host has no lab {lab}")))?;
    in_lab
        .get_mut(&node)
        .ok_or_else(|| failed("unknown_node", format!("lab {lab} has no node {node}")))
}

fn failed(code: &str, message: String) -> AgentError {
    AgentError::Failed {
        code: code.into(),
        message,
    }
}

/// Sends until the tape ends or the client is gone.
async fn send_all(end: &NodeEnd, bytes: impl Stream<Item = bytes::Bytes>) {
    let mut bytes = pin!(bytes);
    while let Some(chunk) = bytes.next().await {
        if end.output.send(StreamFrame::Data(chunk)).await.is_err() {
            return;
        }
    }
}

async fn run_console(end: NodeEnd, shell: Arc<Shell>, from_offset: u64) {
    let NodeEnd { mut input, output } = end;
    let offset = shell.tape.begin(from_offset);
    let replay = StreamFrame::Control(Control::Replay { offset });
    if output.send(replay).await.is_err() {
        return;
    }
    let mut printed = pin!(shell.tape.clone().read(offset, true));
    loop {
        // Both arms are cancel-safe: `recv` by itself, the tape because its offset moves on delivery.
        tokio::select! {
            frame = input.recv() => match frame {
                Some(StreamFrame::Data(keys)) => shell.type_in(&keys),
                Some(StreamFrame::Stderr(_) | StreamFrame::Control(_)) => {}
                None => return,
            },
            chunk = printed.next() => match chunk {
                Some(chunk) => if output.send(StreamFrame::Data(chunk)).await.is_err() { return },
                None => return,
            },
        }
    }
}

/// What every open port of a simulated node does.
async fn echo(mut end: NodeEnd) {
    while let Some(StreamFrame::Data(bytes)) = end.input.recv().await {
        // A client that is gone needs no answer.
        let _ = end.output.send(StreamFrame::Data(bytes)).await;
    }
    let ended = StreamFrame::Control(Control::Exit { status: 0 });
    let _ = end.output.send(ended).await;
}

async fn run_exec(mut end: NodeEnd, runs: Runs) {
    // A client that is gone needs no answer.
    let ended = match runs {
        Runs::Once(text, ended) => {
            let _ = end.output.send(StreamFrame::Data(text.into())).await;
            ended
        }
        Runs::Forever => {
            while end.input.recv().await.is_some() {}
            return;
        }
        Runs::Cat => {
            while let Some(StreamFrame::Data(bytes)) = end.input.recv().await {
                let _ = end.output.send(StreamFrame::Data(bytes)).await;
            }
            Control::Exit { status: 0 }
        }
    };
    let _ = end.output.send(StreamFrame::Control(ended)).await;
}

/// As `tar` does it in a real node: it says what is missing, ends its empty archive properly, and
/// then ends badly.
async fn send_file(end: NodeEnd, path: String, found: Option<Vec<u8>>) {
    let status = if let Some(tar) = found {
        send_all(&end, futures_util::stream::iter([tar.into()])).await;
        0
    } else {
        let words = format!("tar: {path}: Cannot stat: No such file or directory\n");
        let _ = end.output.send(StreamFrame::Stderr(words.into())).await;
        let empty = vec![0; EMPTY_ARCHIVE_BYTES].into();
        let _ = end.output.send(StreamFrame::Data(empty)).await;
        TAR_FAILED
    };
    let ended = Control::Exit { status };
    let _ = end.output.send(StreamFrame::Control(ended)).await;
}

async fn keep_file(mut end: NodeEnd, path: String, files: Files) {
    let mut tar = Vec::new();
    loop {
        match end.input.recv().await {
            Some(StreamFrame::Data(bytes)) => tar.extend_from_slice(&bytes),
            Some(StreamFrame::Control(Control::EndOfInput)) => break,
            Some(StreamFrame::Stderr(_) | StreamFrame::Control(_)) => {}
            // Half a file is not kept.
            None => return,
        }
    }
    lock(&files).insert(path, tar);
    let done = StreamFrame::Control(Control::Exit { status: 0 });
    let _ = end.output.send(done).await;
}
