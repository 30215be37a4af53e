//! Streams of a container as the agent gets them.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError};

use bollard::query_parameters::{
    DownloadFromContainerOptionsBuilder, UploadToContainerOptionsBuilder,
};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt, sink, stream};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::OwnedWriteHalf;
use tokio::sync::{mpsc, oneshot};

use super::consoles::{Hub, MAIN};
use super::driver::Driver;
use super::engine::words;
use super::exec::{self, Asked, Begun};
use super::life::Stage;
use super::raw::{self, Wire};
use super::{acts, logs};
use crate::driver::{DriverError, NodeRef};
use crate::stream::{Input, NodeStream, Output, StreamKind, WindowSize};

/// What a reader gets at once of a long scrollback.
const PIECE_BYTES: usize = 64 << 10;
const UPLOAD_PIECES: usize = 16;

type OutputStream = Pin<Box<dyn Stream<Item = Result<Output, DriverError>> + Send>>;
type InputSink = Pin<Box<dyn Sink<Input, Error = DriverError> + Send>>;

pub async fn open(
    driver: &Driver,
    node: NodeRef,
    kind: StreamKind,
) -> Result<NodeStream, DriverError> {
    driver.engine.asked().await;
    match kind {
        StreamKind::Console {
            name,
            size,
            from_offset,
        } => console(driver, node, name, size, from_offset),
        StreamKind::Exec { argv, env, tty } => command(driver, node, argv, env, tty).await,
        StreamKind::Logs { process, follow } => log(driver, node, process, follow).await,
        StreamKind::GetFile { path } => get_file(driver, node, &path),
        StreamKind::PutFile { path } => put_file(driver, node, &path),
    }
}

/// The container of a node that runs.
fn running(driver: &Driver, node: NodeRef) -> Result<String, DriverError> {
    let found = driver.with(node, |known| {
        let container = known.container.as_ref();
        container
            .filter(|_| known.stage == Stage::Running)
            .map(|container| container.id.clone())
    });
    match found {
        None => Err(DriverError::NoSuchNode { node }),
        Some(None) => Err(DriverError::NotRunning { node }),
        Some(Some(id)) => Ok(id),
    }
}

fn console(
    driver: &Driver,
    node: NodeRef,
    name: String,
    size: WindowSize,
    from_offset: u64,
) -> Result<NodeStream, DriverError> {
    let hub = hub(driver, node, name, size)?;
    hub.resize(size);
    let output = reading(&hub, from_offset);
    let input = sink::unfold(hub, |hub, input| async move {
        match input {
            // A terminal that has just ended hears nothing.
            Input::Data(bytes) => drop(hub.input.send(bytes).await),
            Input::Resize(size) => hub.resize(size),
            Input::EndOfInput => {}
        }
        Ok(hub)
    });
    Ok(NodeStream {
        output: Box::pin(output),
        input: Box::pin(input),
    })
}

/// The console's, opened if nobody has.
fn hub(
    driver: &Driver,
    node: NodeRef,
    name: String,
    size: WindowSize,
) -> Result<Arc<Hub>, DriverError> {
    let container = running(driver, node)?;
    let opened = driver.with(node, |known| {
        let life = known.life();
        let consoles = life
            .map(|life| life.spec.consoles.clone())
            .unwrap_or_default();
        let argv = match consoles.get(&name) {
            Some(spec) => Some(spec.argv.clone()),
            None if name == MAIN => None,
            None => return Err(consoles.into_keys().chain([MAIN.to_owned()]).collect()),
        };
        let open = || Arc::new(Hub::open(driver, node, container, argv, size));
        let hub = known.consoles.entry(name.clone()).or_insert_with(open);
        Ok(hub.clone())
    });
    let hub = opened.ok_or(DriverError::NoSuchNode { node })?;
    hub.map_err(|has| DriverError::NoSuchConsole {
        node,
        console: name,
        has,
    })
}

/// The kept output from the offset on, then what follows.
fn reading(
    hub: &Arc<Hub>,
    from: u64,
) -> impl Stream<Item = Result<Output, DriverError>> + Send + use<> {
    let grown = hub.grown.clone();
    stream::unfold(
        (Arc::downgrade(hub), grown, from, None),
        |state| async move {
            let (weak, mut grown, mut at, told) = state;
            loop {
                grown.borrow_and_update();
                let (offset, bytes) = {
                    let hub = weak.upgrade()?;
                    let mut kept = hub
                        .scrollback
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner);
                    // Begun anew: the reader's offset is of a terminal before.
                    at = at.min(kept.end());
                    let replay = kept.read(at, PIECE_BYTES);
                    (replay.offset, Bytes::copy_from_slice(replay.bytes))
                };
                if told != Some(offset) {
                    let next = (weak, grown, offset, Some(offset));
                    return Some((Ok(Output::Replay { offset }), next));
                }
                if !bytes.is_empty() {
                    let after = offset + bytes.len() as u64;
                    let next = (weak, grown, after, Some(after));
                    return Some((Ok(Output::Data(bytes)), next));
                }
                grown.changed().await.ok()?;
            }
        },
    )
}

async fn command(
    driver: &Driver,
    node: NodeRef,
    argv: Vec<String>,
    env: BTreeMap<String, String>,
    tty: Option<WindowSize>,
) -> Result<NodeStream, DriverError> {
    let container = running(driver, node)?;
    let broken = |why| DriverError::Supervisor { node, why };
    let asked = Asked {
        argv: &argv,
        env: &env,
        tty,
        stdin: true,
    };
    let id = exec::create(driver, &container, &asked)
        .await
        .map_err(broken)?;
    let Begun { id, raw } = exec::start(driver, id, tty).await.map_err(broken)?;
    let (from, to) = raw.socket.into_split();
    let wire = if tty.is_some() {
        Wire::Terminal
    } else {
        Wire::Framed
    };
    let output = raw::outputs(from, raw.begun, wire);
    let killed = Killed(Some((driver.clone(), node, id.clone())));
    Ok(NodeStream {
        output: until_status(driver.clone(), id.clone(), output, killed),
        input: typing(driver.clone(), id, to),
    })
}

/// Whoever closes the stream ends its command.
struct Killed(Option<(Driver, NodeRef, String)>);

impl Drop for Killed {
    fn drop(&mut self) {
        let Some((driver, node, id)) = self.0.take() else {
            return;
        };
        let Some(init) = acts::living(&driver, node) else {
            return;
        };
        tokio::spawn(async move {
            if let Some(process) = exec::process(&driver, &id, &init).await
                && let Some(pidfd) = process.living()
            {
                // Gone already is as good.
                let _ = rustix::process::pidfd_send_signal(&pidfd, rustix::process::Signal::KILL);
            }
        });
    }
}

/// What it wrote, then how it ended.
fn until_status(
    driver: Driver,
    id: String,
    output: impl Stream<Item = Output> + Send + 'static,
    killed: Killed,
) -> OutputStream {
    let state = Telling {
        driver,
        id,
        output: Box::pin(output),
        refusal: String::new(),
        killed: Some(killed),
    };
    Box::pin(stream::unfold(state, |mut state| async move {
        let next = state.next().await?;
        Some((Ok(next), state))
    }))
}

/// A command's output on its way.
struct Telling {
    driver: Driver,
    id: String,
    output: Pin<Box<dyn Stream<Item = Output> + Send>>,
    /// Held back until it is known whose words they are: Docker says here why it did not run the program.
    refusal: String,
    killed: Option<Killed>,
}

impl Telling {
    async fn next(&mut self) -> Option<Output> {
        self.killed.as_ref()?;
        loop {
            match self.output.next().await {
                Some(Output::Data(bytes)) if may_refuse(&bytes) => {
                    self.refusal.push_str(&String::from_utf8_lossy(&bytes));
                }
                Some(output) if self.refusal.is_empty() => return Some(output),
                Some(output) => {
                    let held = Bytes::from(std::mem::take(&mut self.refusal));
                    let rest = std::mem::replace(&mut self.output, Box::pin(stream::empty()));
                    self.output = Box::pin(stream::iter([output]).chain(rest));
                    return Some(Output::Data(held));
                }
                None => break,
            }
        }
        // It has ended: nothing is left to be killed.
        if let Some(mut killed) = self.killed.take() {
            killed.0 = None;
        }
        Some(last_word(&self.driver, &self.id, &self.refusal).await)
    }
}

fn may_refuse(bytes: &[u8]) -> bool {
    bytes.starts_with(b"OCI runtime exec failed")
}

async fn last_word(driver: &Driver, id: &str, said: &str) -> Output {
    let failed = |message: String| Output::Failed {
        status: 126,
        message,
    };
    match exec::status(driver, id).await {
        Ok(Some(status)) if exec::is_refusal(status, said) => Output::Failed {
            status: narrow(exec::refusal_status(status, said)),
            message: said.trim().to_owned(),
        },
        Ok(Some(status)) => Output::Exit {
            status: narrow(status),
        },
        Ok(None) => failed("its output ended, and it runs on".into()),
        Err(why) => failed(why),
    }
}

fn narrow(status: i64) -> i32 {
    i32::try_from(status).unwrap_or(-1)
}

/// A command may end before it has read all of its input: what comes too late is dropped.
fn typing(driver: Driver, id: String, to: OwnedWriteHalf) -> InputSink {
    let state = (driver, id, to);
    let typed = sink::unfold(state, |(driver, id, mut to), input| async move {
        match input {
            Input::Data(bytes) => drop(to.write_all(&bytes).await),
            Input::EndOfInput => drop(to.shutdown().await),
            Input::Resize(size) => exec::resize(&driver, &id, size).await,
        }
        Ok((driver, id, to))
    });
    Box::pin(typed)
}

async fn log(
    driver: &Driver,
    node: NodeRef,
    process: Option<String>,
    follow: bool,
) -> Result<NodeStream, DriverError> {
    let name = process.unwrap_or_else(|| MAIN.to_owned());
    let what = format!("read the log of {name}");
    let container = driver.with(node, |known| {
        known
            .container
            .as_ref()
            .map(|container| container.id.clone())
    });
    let container = container.ok_or(DriverError::NoSuchNode { node })?;
    let output: OutputStream = if name == MAIN {
        let container = container.ok_or(DriverError::NotRunning { node })?;
        let said = logs::of_main(driver, &container, None, follow).await;
        Box::pin(said.map_err(|why| DriverError::failed(what, why))?.map(Ok))
    } else {
        let path = logs::command_path(driver, node, &plain(&name));
        let said = logs::of_command(&path).map_err(|why| DriverError::failed(what, why))?;
        Box::pin(said.map(Ok))
    };
    let input = sink::drain().sink_map_err(|never| match never {});
    Ok(NodeStream {
        output,
        input: Box::pin(input),
    })
}

/// Whatever the name holds, the file lies in the folder.
fn plain(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || c == '-' {
            c
        } else {
            '_'
        }
    };
    name.chars().take(100).map(plain).collect()
}

/// Docker packs and unpacks in the container's own tree, so no link in it leads out.
fn get_file(driver: &Driver, node: NodeRef, path: &str) -> Result<NodeStream, DriverError> {
    let container = running(driver, node)?;
    let client = driver.engine.client()?;
    let options = DownloadFromContainerOptionsBuilder::default()
        .path(path)
        .build();
    let (sender, receiver) = mpsc::channel(UPLOAD_PIECES);
    tokio::spawn(async move {
        let pieces = client.download_from_container(&container, Some(options));
        let mut pieces = std::pin::pin!(pieces);
        while let Some(piece) = pieces.next().await {
            let output = match piece {
                Ok(bytes) => Output::Data(bytes),
                Err(error) => failure(&words(&error)),
            };
            let is_last = matches!(output, Output::Failed { .. });
            // The reader may be gone.
            if sender.send(output).await.is_err() || is_last {
                return;
            }
        }
        let _ = sender.send(Output::Exit { status: 0 }).await;
    });
    let input = sink::drain().sink_map_err(|never| match never {});
    Ok(NodeStream {
        output: received(receiver),
        input: Box::pin(input),
    })
}

fn failure(why: &str) -> Output {
    Output::Failed {
        status: 1,
        message: why.to_owned(),
    }
}

fn received(receiver: mpsc::Receiver<Output>) -> OutputStream {
    Box::pin(stream::unfold(receiver, |mut receiver| async move {
        let next = receiver.recv().await?;
        Some((Ok(next), receiver))
    }))
}

fn put_file(driver: &Driver, node: NodeRef, path: &str) -> Result<NodeStream, DriverError> {
    let container = running(driver, node)?;
    let client = driver.engine.client()?;
    let options = UploadToContainerOptionsBuilder::default()
        .path(path)
        .copy_uidgid("true")
        .build();
    let (pieces, body) = mpsc::channel::<Bytes>(UPLOAD_PIECES);
    let body = stream::unfold(
        body,
        |mut body| async move { Some((body.recv().await?, body)) },
    );
    let (done, outcome) = oneshot::channel();
    tokio::spawn(async move {
        let body = bollard::body_stream(super::owners::as_roots(body));
        let put = client
            .upload_to_container(&container, Some(options), body)
            .await;
        let last = match put {
            Ok(()) => Output::Exit { status: 0 },
            Err(error) => failure(&words(&error)),
        };
        // The writer may be gone.
        let _ = done.send(last);
    });
    let output = stream::once(async move {
        let ended = outcome.await;
        Ok(ended.unwrap_or_else(|_| failure("its upload was cut off")))
    });
    Ok(NodeStream {
        output: Box::pin(output),
        input: uploading(pieces),
    })
}

fn uploading(pieces: mpsc::Sender<Bytes>) -> InputSink {
    Box::pin(sink::unfold(Some(pieces), |mut pieces, input| async move {
        match input {
            Input::Data(bytes) => {
                if let Some(pieces) = &pieces {
                    // Docker has had enough of it; the output says how that ended.
                    let _ = pieces.send(bytes).await;
                }
            }
            Input::EndOfInput => pieces = None,
            Input::Resize(_) => {}
        }
        Ok(pieces)
    }))
}
