//! A throwaway lab on a data folder of its own, and words for telling stories in it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use model::lab::RestartPolicy;
use model::names::LabHash;
use model::spec::{
    ConsoleSpec, DriverSpec, NetnsSpec, NodeSpec, ProcessKind, ProcessSpec, ReadyWhen, RunWish,
};
use model::status::NodeState;
use model::{LabId, NodeId};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use runtime::netns::{Config, Driver, IdMap};
use runtime::{
    Input, NodeDriver, NodeObserved, NodeRef, NodeStream, Output, StreamKind, WindowSize,
};

const PATIENCE: Duration = Duration::from_secs(30);
pub const SIZE: WindowSize = WindowSize {
    columns: 80,
    rows: 24,
};

pub struct Lab {
    pub driver: Driver,
    pub data: tempfile::TempDir,
}

/// `None`, said on stderr, where nodes cannot be made.
pub fn lab(test: &str) -> Option<Lab> {
    if !nix::unistd::geteuid().is_root() {
        eprintln!(
            "SKIP {test}: it needs root, of the host or of a user namespace; the rootless test brings the latter"
        );
        return None;
    }
    let ids = match IdMap::of_this_process() {
        Ok(ids) => ids,
        Err(why) => {
            eprintln!("SKIP {test}: {why}");
            return None;
        }
    };
    let data = folder();
    Some(Lab {
        driver: driver(&data, ids),
        data,
    })
}

/// In memory where that can carry an overlay: every lab has a base of a thousand files.
fn folder() -> tempfile::TempDir {
    if let Ok(memory) = tempfile::tempdir_in("/dev/shm") {
        let flags = rustix::fs::XattrFlags::empty();
        if rustix::fs::setxattr(memory.path(), "user.nova", b"", flags).is_ok() {
            return memory;
        }
    }
    tempfile::tempdir().unwrap()
}

fn driver(data: &tempfile::TempDir, ids: IdMap) -> Driver {
    let mut config = Config::new(&data.path().join("runtime"), ids, &supervisor());
    config.agent_args = vec![];
    Driver::new(config).unwrap()
}

/// Built by cargo beside the tests.
fn supervisor() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    profile.join("examples/node-supervisor")
}

pub fn node(number: u64) -> NodeRef {
    // Tests run side by side, each with a lab of its own.
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let hash = LabHash(NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    NodeRef {
        lab: LabId(uuid::Uuid::from_u128(u128::from(u16::from_be_bytes(
            hash.0,
        )))),
        hash,
        node: NodeId::try_from(number).unwrap(),
    }
}

pub fn host(name: &str) -> NodeSpec {
    let shell = ConsoleSpec {
        argv: vec!["/bin/bash".into(), "--norc".into()],
    };
    let netns = NetnsSpec {
        hostname: name.into(),
        consoles: BTreeMap::from([("shell".into(), shell)]),
        ..NetnsSpec::default()
    };
    NodeSpec {
        name: name.into(),
        run: RunWish::On { start: 1 },
        wipe: 0,
        interfaces: BTreeMap::new(),
        driver: DriverSpec::Netns(netns),
    }
}

pub fn with(mut spec: NodeSpec, change: impl FnOnce(&mut NetnsSpec)) -> NodeSpec {
    let DriverSpec::Netns(netns) = &mut spec.driver else {
        panic!("tests make netns nodes");
    };
    change(netns);
    spec
}

pub fn service(name: &str, argv: &[&str]) -> ProcessSpec {
    ProcessSpec {
        name: name.into(),
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        kind: ProcessKind::Service {
            restart: RestartPolicy::Always,
        },
        optional: false,
        ready: ReadyWhen::Started,
    }
}

impl Lab {
    /// A new driver on the same folder, as a new agent has.
    pub fn another_driver(&mut self) {
        self.driver = driver(&self.data, IdMap::of_this_process().unwrap());
    }

    pub async fn start(&self, node: NodeRef, spec: &NodeSpec) {
        self.driver.ensure(node, spec).await.unwrap();
        self.driver.release(node).await.unwrap();
    }

    pub async fn started(&self, spec: &NodeSpec) -> NodeRef {
        let node = node(1);
        self.start(node, spec).await;
        node
    }

    pub async fn seen(&self, node: NodeRef) -> NodeObserved {
        self.driver
            .observe(node.lab)
            .await
            .unwrap()
            .remove(&node.node)
            .unwrap()
    }

    /// Until the node's state has this word, at most half a minute.
    pub async fn until(&self, node: NodeRef, word: &str) -> NodeObserved {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.seen(node).await;
            let booting = seen.state == NodeState::Running { booted: false };
            if seen.state.word() == word && !booting {
                return seen;
            }
            assert!(
                Instant::now() < deadline,
                "still {:?}, not {word}",
                seen.state
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn open(&self, node: NodeRef, kind: StreamKind) -> NodeStream {
        self.driver.open(node, kind).await.unwrap()
    }

    pub async fn exec(&self, node: NodeRef, argv: &[&str]) -> Ended {
        let kind = StreamKind::Exec {
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            env: BTreeMap::new(),
            tty: None,
        };
        end_of(self.open(node, kind).await).await
    }

    pub async fn sh(&self, node: NodeRef, script: &str) -> Ended {
        self.exec(node, &["/bin/sh", "-c", script]).await
    }

    pub async fn console(&self, node: NodeRef, from_offset: u64) -> NodeStream {
        let kind = StreamKind::Console {
            name: "shell".into(),
            size: SIZE,
            from_offset,
        };
        self.open(node, kind).await
    }

    pub fn supervisor_pid(&self, node: NodeRef) -> i32 {
        let path = self
            .data
            .path()
            .join(format!("runtime/nodes/{node}/node.json"));
        let record: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        i32::try_from(record["pid"].as_i64().unwrap()).unwrap()
    }

    pub async fn remove(&self, node: NodeRef) {
        self.driver.remove(node).await.unwrap();
        let folder = self.data.path().join(format!("runtime/nodes/{node}"));
        assert!(!folder.exists(), "everything of the node is gone");
    }
}

/// Also after a story that failed half-way nothing runs on.
impl Drop for Lab {
    fn drop(&mut self) {
        let nodes = std::fs::read_dir(self.data.path().join("runtime/nodes"));
        for node in nodes.into_iter().flatten().flatten() {
            let record = std::fs::read(node.path().join("node.json")).unwrap_or_default();
            let record: serde_json::Value = serde_json::from_slice(&record).unwrap_or_default();
            if let Some(pid) = record["pid"]
                .as_i64()
                .and_then(|pid| i32::try_from(pid).ok())
            {
                // Gone already is as good.
                let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
            }
        }
    }
}

#[derive(Debug, Default)]
pub struct Ended {
    pub out: String,
    pub err: String,
    pub status: Option<i32>,
}

pub async fn end_of(stream: NodeStream) -> Ended {
    let mut ended = Ended::default();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut output = stream.output;
    let read = async {
        while let Some(next) = output.next().await {
            match next.unwrap() {
                Output::Data(bytes) => out.extend_from_slice(&bytes),
                Output::Stderr(bytes) => err.extend_from_slice(&bytes),
                Output::Exit { status } => ended.status = Some(status),
                Output::Failed { status, message } => {
                    ended.status = Some(status);
                    err.extend_from_slice(message.as_bytes());
                }
                Output::Replay { .. } => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, read)
        .await
        .expect("the stream ends");
    ended.out = String::from_utf8_lossy(&out).into_owned();
    ended.err = String::from_utf8_lossy(&err).into_owned();
    ended
}

/// Reads until this text came; returns all that came, and the offset after it.
pub async fn read_until(stream: &mut NodeStream, text: &str) -> (String, u64) {
    let (mut seen, mut offset) = (String::new(), 0);
    let read = async {
        while let Some(next) = stream.output.next().await {
            match next.unwrap() {
                Output::Replay { offset: at } => offset = at,
                Output::Data(bytes) => {
                    offset += bytes.len() as u64;
                    seen.push_str(&String::from_utf8_lossy(&bytes));
                }
                other => panic!("{other:?} came while waiting for {text:?} after {seen:?}"),
            }
            if seen.contains(text) {
                return;
            }
        }
        panic!("the stream ended before {text:?}: {seen:?}");
    };
    let done = tokio::time::timeout(PATIENCE, read).await;
    assert!(done.is_ok(), "{text:?} never came: {seen:?}");
    (seen, offset)
}

pub async fn type_in(stream: &mut NodeStream, text: &str) {
    stream
        .input
        .send(Input::Data(text.to_owned().into()))
        .await
        .unwrap();
}
