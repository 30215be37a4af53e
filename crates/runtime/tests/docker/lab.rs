//! A throwaway lab on a data folder of its own, and words for telling stories in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use model::names::LabHash;
use model::spec::{ConsoleSpec, DockerSpec, DriverSpec, NodeSpec, RunWish};
use model::status::NodeState;
use model::{InstanceId, LabId, NodeId};
use runtime::docker::{Config, Driver};
use runtime::{NodeDriver, NodeObserved, NodeRef, NodeStream, Output, StreamKind, WindowSize};

const PATIENCE: Duration = Duration::from_secs(30);
pub const IMAGE: &str = "nova-ve-test/busybox:1";
/// One that names a program, an account and a user.
pub const FINE_IMAGE: &str = "nova-ve-test/fine:1";
pub const SIZE: WindowSize = WindowSize {
    columns: 80,
    rows: 24,
};
const APPLETS: &str = "sh ls cat ip ping sleep echo stat id hostname ps kill nc tail head grep true \
                       false env touch mkdir wc rm tty stty dd printf yes seq trap test wget httpd";

pub struct Lab {
    pub driver: Driver,
    pub data: Arc<tempfile::TempDir>,
    pub client: Docker,
    pub socket: PathBuf,
    instance: InstanceId,
    nodes: Vec<NodeRef>,
}

/// `None`, said on stderr, where there is no engine.
pub async fn lab(test: &str) -> Option<Lab> {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("SKIP {test}: containers need an agent that is root");
        return None;
    }
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let socket = PathBuf::from(
        host.strip_prefix("unix://")
            .unwrap_or("/var/run/docker.sock"),
    );
    if let Err(error) = std::os::unix::net::UnixStream::connect(&socket) {
        let socket = socket.display();
        eprintln!(
            "SKIP {test}: no Docker engine answers at {socket} ({error}); ./x setup test starts one"
        );
        return None;
    }
    lab_on(test, socket).await
}

pub async fn lab_on(test: &str, socket: PathBuf) -> Option<Lab> {
    let client = client(&socket).await;
    if let Err(why) = ensure_images(&client).await {
        eprintln!("SKIP {test}: {why}");
        return None;
    }
    // Short, and where a socket can be: the data folder of a real agent is on a disk.
    let data = Arc::new(tempfile::tempdir().unwrap());
    let instance = InstanceId(uuid::Uuid::new_v4().to_string());
    let driver = driver(&data, &instance, &socket);
    Some(Lab {
        driver,
        data,
        client,
        socket,
        instance,
        nodes: Vec::new(),
    })
}

pub async fn client(socket: &Path) -> Docker {
    let path = socket.to_str().unwrap();
    let client = Docker::connect_with_unix(path, 60, bollard::API_DEFAULT_VERSION).unwrap();
    client.negotiate_version().await.unwrap()
}

fn driver(data: &tempfile::TempDir, instance: &InstanceId, socket: &Path) -> Driver {
    let runtime = data.path().join("runtime");
    let config = Config::new(&runtime, instance.clone(), Some(socket.to_owned()));
    Driver::new(config).unwrap()
}

/// Of a program that is there, and of no registry.
async fn ensure_images(client: &Docker) -> Result<(), String> {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _one = ONE_AT_A_TIME.lock().await;
    if client.inspect_image(IMAGE).await.is_ok() && client.inspect_image(FINE_IMAGE).await.is_ok() {
        return Ok(());
    }
    let busybox = std::fs::read("/bin/busybox").map_err(|error| {
        format!("there is no /bin/busybox to make an image of ({error}); install busybox-static")
    })?;
    import(client, IMAGE, &[], &busybox).await;
    let changes = [
        "ENTRYPOINT [\"/bin/sh\",\"-c\"]",
        "CMD [\"echo fine as $(id -un); exec sleep 1000\"]",
        "ENV COLOR=blue",
        "USER games",
    ];
    import(client, FINE_IMAGE, &changes, &busybox).await;
    Ok(())
}

async fn import(client: &Docker, name: &str, changes: &[&str], busybox: &[u8]) {
    let mut tar = tar::Builder::new(Vec::new());
    let mut file = |path: &str, mode: u32, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        tar.append_data(&mut header, path, content).unwrap();
    };
    file("bin/busybox", 0o755, busybox);
    file(
        "etc/passwd",
        0o644,
        b"root:x:0:0:root:/root:/bin/sh\ngames:x:5:60:games:/:/bin/sh\n",
    );
    file("etc/group", 0o644, b"root:x:0:\ngames:x:60:\n");
    file("root/.keep", 0o644, b"");
    for applet in APPLETS.split_whitespace() {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        header.set_mode(0o777);
        tar.append_link(&mut header, format!("bin/{applet}"), "busybox")
            .unwrap();
    }
    let (repo, tag) = name.split_once(':').unwrap();
    let options = CreateImageOptionsBuilder::default()
        .from_src("-")
        .repo(repo)
        .tag(tag);
    let changes = changes.iter().map(|change| (*change).to_owned()).collect();
    let options = options.changes(changes).build();
    let body = bollard::body_full(tar.into_inner().unwrap().into());
    let mut news = std::pin::pin!(client.create_image(Some(options), Some(body), None));
    while let Some(news) = news.next().await {
        news.unwrap();
    }
}

/// A shell script as the main process.
pub fn container(name: &str, script: &str) -> NodeSpec {
    let shell = ConsoleSpec {
        argv: vec!["/bin/sh".into()],
    };
    let docker = DockerSpec {
        image: IMAGE.into(),
        hostname: name.into(),
        command: Some(["/bin/sh", "-c", script].map(str::to_owned).into()),
        consoles: BTreeMap::from([("shell".into(), shell)]),
        ..DockerSpec::default()
    };
    NodeSpec {
        name: name.into(),
        run: RunWish::On { start: 1 },
        wipe: 0,
        interfaces: BTreeMap::new(),
        driver: DriverSpec::Docker(Box::new(docker)),
    }
}

pub fn with(mut spec: NodeSpec, change: impl FnOnce(&mut DockerSpec)) -> NodeSpec {
    let DriverSpec::Docker(docker) = &mut spec.driver else {
        panic!("these tests make containers");
    };
    change(docker);
    spec
}

pub fn again(spec: &NodeSpec, start: u64) -> NodeSpec {
    NodeSpec {
        run: RunWish::On { start },
        ..spec.clone()
    }
}

impl Lab {
    /// A node of a lab of its own, so that tests may run side by side.
    pub fn node(&mut self, number: u64) -> NodeRef {
        static NEXT: AtomicU16 = AtomicU16::new(1);
        let unique = std::process::id().to_le_bytes()[0];
        let next = NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let hash = LabHash([unique.wrapping_add(next[0]), next[1]]);
        let lab = LabId(uuid::Uuid::from_u128(u128::from(u16::from_be_bytes(
            hash.0,
        ))));
        let node = NodeRef {
            lab,
            hash,
            node: NodeId::try_from(number).unwrap(),
        };
        self.nodes.push(node);
        node
    }

    /// A new driver on the same folder, as a new agent has; the one before is gone.
    pub fn another_driver(&mut self) {
        self.driver = driver(&self.data, &self.instance, &self.socket);
    }

    pub async fn start(&self, node: NodeRef, spec: &NodeSpec) -> NodeObserved {
        self.driver.prepare(node, spec, &|_| ()).await.unwrap();
        let held = self.driver.ensure(node, spec).await.unwrap();
        self.driver.release(node).await.unwrap();
        held
    }

    pub async fn started(&mut self, spec: &NodeSpec) -> NodeRef {
        let node = self.node(1);
        self.start(node, spec).await;
        node
    }

    pub async fn seen(&self, node: NodeRef) -> NodeObserved {
        let seen = self
            .driver
            .observe(node.lab)
            .await
            .unwrap()
            .remove(&node.node);
        seen.unwrap()
    }

    /// Until the node's state has this word, at most half a minute.
    pub async fn until(&self, node: NodeRef, word: &str) -> NodeObserved {
        let booting = NodeState::Running { booted: false };
        let is_it = |seen: &NodeObserved| seen.state.word() == word && seen.state != booting;
        self.until_seen(node, word, is_it).await
    }

    pub async fn until_seen(
        &self,
        node: NodeRef,
        what: &str,
        is_it: impl Fn(&NodeObserved) -> bool,
    ) -> NodeObserved {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.seen(node).await;
            if is_it(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "still {seen:?}, not {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
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

    pub async fn sh(&self, node: NodeRef, script: &str) -> String {
        let ended = self.exec(node, &["/bin/sh", "-c", script]).await;
        format!("{}{}", ended.out, ended.err)
    }

    pub async fn log(&self, node: NodeRef, process: &str) -> String {
        let kind = StreamKind::Logs {
            process: Some(process.into()),
            follow: false,
        };
        end_of(self.open(node, kind).await).await.out
    }

    /// What a person does at the host.
    pub fn docker(&self, words: &[&str]) -> String {
        let mut docker = Command::new("docker");
        docker.env("DOCKER_HOST", format!("unix://{}", self.socket.display()));
        let done = docker.args(words).output().unwrap();
        let text = [done.stdout, done.stderr].concat();
        String::from_utf8_lossy(&text).trim().to_owned()
    }

    pub async fn pid(&self, node: NodeRef) -> i64 {
        let name = format!("nova-ve-{node}");
        let found = self.client.inspect_container(&name, None).await.unwrap();
        found.state.unwrap().pid.unwrap()
    }

    /// Nothing of it is left, in the folder and at the engine.
    pub async fn remove(&self, node: NodeRef) {
        self.driver.remove(node).await.unwrap();
        let folder = self.data.path().join(format!("runtime/docker/{node}"));
        assert!(!folder.exists(), "everything of the node is gone");
        assert_eq!(self.left(node), "");
        assert!(self.driver.observe(node.lab).await.unwrap().is_empty());
    }

    /// Containers and volumes of the node.
    pub fn left(&self, node: NodeRef) -> String {
        let filter = format!("label=nova-ve.ref={node}");
        let containers = self.docker(&["ps", "-aq", "--filter", &filter]);
        let volumes = self.docker(&["volume", "ls", "-q", "--filter", &filter]);
        format!("{containers}{volumes}")
    }
}

/// Also after a story that failed half-way nothing runs on.
impl Drop for Lab {
    fn drop(&mut self) {
        let filter = format!("label=nova-ve.instance={}", self.instance);
        let left = self.docker(&["ps", "-aq", "--filter", &filter]);
        for id in left.split_whitespace() {
            self.docker(&["rm", "-f", "-v", id]);
        }
        let left = self.docker(&["volume", "ls", "-q", "--filter", &filter]);
        for name in left.split_whitespace() {
            self.docker(&["volume", "rm", "-f", name]);
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

impl Lab {
    pub async fn until_log(&self, node: NodeRef, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.log(node, "main").await;
            if said.contains(text) {
                return said;
            }
            assert!(Instant::now() < deadline, "{text:?} was not said: {said:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Lab {
    /// Until the script prints this.
    pub async fn until_true(&self, node: NodeRef, script: &str, expected: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let said = self.sh(node, script).await;
            if said.trim() == expected {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{script} prints {said:?}, not {expected:?}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
