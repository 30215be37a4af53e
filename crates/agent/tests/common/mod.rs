//! The agent's program in a folder of its own, and the lab that the stories are about.

mod place;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use agent_api::stream::Control;
use agent_api::unix::UnixAgent;
use agent_api::{AgentClient, ControllerId, HelloReply, HostSpec, LabEntry, Opening, StreamFrame};
use futures_util::StreamExt;
use model::lab::Address;
use model::spec::{
    ConsoleSpec, DriverSpec, HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, MTU, NetnsSpec,
    NodeSpec, RunWish,
};
use model::{End, Generation, LabId, LinkState, Mac, NodeId};
use tempfile::TempDir;
use tokio::process::Child;

pub use place::{
    alone_as_ordinary_user, alone_as_root, as_ordinary_user, in_own_namespace,
    in_own_namespace_and_mounts, is_alone,
};

/// Where cargo put the program under test.
const AGENT: &str = env!("CARGO_BIN_EXE_nova-ve-agent");

/// A running agent; what it leaves running is looked for by [`sweep_leaves_nothing`].
pub struct Daemon {
    data: Arc<TempDir>,
    child: Child,
}

impl Daemon {
    pub async fn start() -> Self {
        let data = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(data.path().join("instance_id"), "test-instance\n").unwrap();
        Self::spawn(data).await
    }

    /// In a folder that has its instance id.
    pub async fn start_in(data: Arc<TempDir>) -> Self {
        Self::spawn(data).await
    }

    /// One that tells which points it passes, and can be killed there; see `runtime::faults`.
    pub async fn start_with_points() -> Self {
        let data = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(data.path().join("instance_id"), "test-instance\n").unwrap();
        std::fs::create_dir(data.path().join("points")).unwrap();
        Self::spawn(data).await
    }

    /// One whose `agent.toml` is what `config` gives for its data folder.
    pub async fn start_allowing(config: impl FnOnce(&Path) -> String) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let data = Arc::new(tempfile::tempdir().unwrap());
        std::fs::write(data.path().join("instance_id"), "test-instance\n").unwrap();
        let path = data.path().join("agent.toml");
        std::fs::write(&path, config(data.path())).unwrap();
        let own = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&path, own).unwrap();
        Self::spawn(data).await
    }

    async fn spawn(data: Arc<TempDir>) -> Self {
        let daemon = Self::spawn_only(data);
        daemon.client().await;
        daemon
    }

    /// One that may be killed before it is ready.
    fn spawn_only(data: Arc<TempDir>) -> Self {
        let config = data.path().join("agent.toml");
        let config = config.exists().then(|| ["--config".into(), config]);
        let child = tokio::process::Command::new(AGENT)
            .args(["serve", "--data"])
            .arg(data.path())
            .args(config.into_iter().flatten())
            .env("NOVA_VE_FAULTS", data.path().join("points"))
            // Where a story listens as its service manager.
            .env("NOTIFY_SOCKET", data.path().join("notify"))
            .env("WATCHDOG_USEC", "200000")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { data, child }
    }

    /// Another agent on the folder of one that has ended, or ends now.
    pub async fn start_again(mut self) -> Self {
        let ended = tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await;
        ended.expect("the agent has ended").unwrap();
        Self::spawn(self.data.clone()).await
    }

    /// What a command prints in the network namespace that the agent works in.
    pub fn on_its_host(&self, argv: &[&str]) -> String {
        let enter = self.holder().map(|pid| {
            let pid = pid.to_string();
            ["nsenter", "-t", &pid, "-U", "-n", "--preserve-credentials"].map(str::to_owned)
        });
        let mut words = enter.into_iter().flatten();
        let mut argv = argv.iter().map(|&word| word.to_owned());
        let program = words.next().or_else(|| argv.next()).unwrap();
        let mut command = Command::new(program);
        command.args(words).args(argv);
        String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
    }

    /// The process that holds the namespaces of an agent without root.
    pub fn holder(&self) -> Option<u64> {
        let text = std::fs::read(self.data.path().join("runtime/holder.json")).ok()?;
        let holder: serde_json::Value = serde_json::from_slice(&text).ok()?;
        holder["pid"].as_u64()
    }

    pub fn folder(&self) -> Arc<TempDir> {
        self.data.clone()
    }

    /// A client that is connected.
    pub async fn client(&self) -> Arc<UnixAgent> {
        let client = self.client_named("test-server");
        eventually("the agent is ready", || async { client.hello().is_ok() }).await;
        client
    }

    pub fn client_named(&self, controller: &str) -> Arc<UnixAgent> {
        let socket = self.data.path().join("runtime/agent.sock");
        UnixAgent::connect(socket, ControllerId(controller.into()))
    }

    /// SIGKILL, and a new agent on the same folder.
    pub async fn kill_and_start_again(mut self) -> Self {
        self.child.kill().await.unwrap();
        Self::spawn(self.data.clone()).await
    }

    /// The same for the agent and the process that holds its namespaces.
    pub async fn kill_with_its_holder_and_start_again(mut self) -> Self {
        self.child.kill().await.unwrap();
        let holder = self.holder().unwrap();
        kill(holder);
        eventually("the holder has ended", || async { has_ended(holder) }).await;
        Self::spawn(self.data.clone()).await
    }

    /// SIGTERM, and its end.
    pub async fn stop(mut self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").arg(pid).status().unwrap().success());
        let ended = tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await;
        assert!(ended.unwrap().unwrap().success());
    }

    /// What the second one says as it ends.
    pub fn start_another_on_the_same_folder(&self) -> String {
        let output = Command::new(AGENT)
            .args(["serve", "--data"])
            .arg(self.data.path())
            .output()
            .unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// SIGHUP.
    pub fn reload(&self) {
        let pid = self.pid().to_string();
        let told = Command::new("kill").args(["-HUP", &pid]).status();
        assert!(told.unwrap().success());
    }

    /// SIGKILL, and what another says that cannot start.
    pub async fn kill_and_say_why_none_starts(mut self) -> (String, Arc<TempDir>) {
        self.child.kill().await.unwrap();
        (self.start_another_on_the_same_folder(), self.data.clone())
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it lives")
    }

    /// Open descriptors of the agent.
    pub fn handles(&self) -> usize {
        let pid = self.child.id().unwrap();
        std::fs::read_dir(format!("/proc/{pid}/fd"))
            .unwrap()
            .count()
    }

    pub fn accept(&self, controller: &str) {
        let mut accept = Command::new(AGENT);
        accept
            .args(["accept", controller, "--data"])
            .arg(self.data.path());
        assert!(accept.status().unwrap().success());
    }

    pub fn node_folders(&self) -> Vec<PathBuf> {
        let folder = self.data.path().join("runtime/nodes");
        let Ok(folder) = std::fs::read_dir(folder) else {
            return Vec::new();
        };
        folder.map(|entry| entry.unwrap().path()).collect()
    }

    /// Of each node's supervisor.
    pub fn node_pids(&self) -> BTreeMap<PathBuf, u64> {
        let folders = self.node_folders().into_iter();
        folders
            .filter_map(|folder| {
                let text = std::fs::read(folder.join("node.json")).ok()?;
                let node: serde_json::Value = serde_json::from_slice(&text).ok()?;
                Some((folder, node["pid"].as_u64()?))
            })
            .collect()
    }
}

/// Gone, or a zombie that nobody waits for.
fn has_ended(pid: u64) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.is_empty() || status.contains("State:\tZ")
}

/// SIGKILL.
pub fn kill(pid: u64) {
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.unwrap().success());
}

/// Leaves nothing running, also when a story fails in its middle.
pub struct SweptAtTheEnd(pub Arc<TempDir>);

impl Drop for SweptAtTheEnd {
    fn drop(&mut self) {
        // The story's own failure is the one to be told.
        let _ = sweep(&self.0).status();
    }
}

fn sweep(data: &TempDir) -> Command {
    let mut sweep = Command::new(AGENT);
    sweep.args(["sweep", "--data"]).arg(data.path());
    sweep
}

/// After `sweep` no process has the data folder in its arguments or its mounts, a second one is fine,
/// and `--purge` leaves no file of the agent.
pub fn sweep_leaves_nothing(data: &TempDir) {
    for _ in 0..2 {
        assert!(sweep(data).status().unwrap().success());
    }
    assert_eq!(processes_of(data.path()), Vec::<String>::new());
    assert!(sweep(data).arg("--purge").status().unwrap().success());
    assert!(!data.path().join("runtime").exists());
}

fn processes_of(data: &Path) -> Vec<String> {
    let data = data.to_str().unwrap();
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").unwrap();
    processes
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|pid| pid.bytes().all(|byte| byte.is_ascii_digit()) && *pid != own)
        .filter(|pid| {
            ["cmdline", "mountinfo"].iter().any(|file| {
                let text = std::fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
                String::from_utf8_lossy(&text).contains(data)
            })
        })
        .collect()
}

pub fn lab_id() -> LabId {
    LabId(uuid::Uuid::from_u128(0x77))
}

pub fn node_id(n: u64) -> NodeId {
    NodeId::try_from(n).unwrap()
}

/// A wish for the agent's own host.
pub fn wish(agent: &dyn AgentClient, generation: u64, spec: LabSpec) -> HostSpec {
    let entry = LabEntry::Present {
        generation: Generation(generation),
        spec,
    };
    wish_of(agent, entry).expect("a welcome")
}

/// `None`: the agent has gone.
pub fn wish_of(agent: &dyn AgentClient, entry: LabEntry) -> Option<HostSpec> {
    let Ok(HelloReply::Welcome { host, .. }) = agent.hello() else {
        return None;
    };
    Some(HostSpec {
        controller: ControllerId("test-server".into()),
        host,
        labs: BTreeMap::from([(lab_id(), entry)]),
        causes: BTreeMap::new(),
    })
}

/// `h1` 10.0.0.1 and `h2` 10.0.0.2 on one link, both to run.
pub fn two_hosts() -> LabSpec {
    let end = |n| End::Interface {
        node: node_id(n),
        interface: 0.try_into().unwrap(),
    };
    let link = LinkSpec {
        a: end(1),
        b: end(2),
        network: Some(1.try_into().unwrap()),
        state: LinkState::Up,
    };
    LabSpec {
        lab: lab_id(),
        name: "two hosts".into(),
        hidden_bridge: HiddenBridge::OnDemand,
        nodes: (1..=2).map(|n| (node_id(n), host(n))).collect(),
        networks: BTreeMap::new(),
        links: BTreeMap::from([(1.try_into().unwrap(), link)]),
    }
}

fn host(n: u64) -> NodeSpec {
    let shell = ConsoleSpec {
        argv: vec!["/bin/sh".into()],
    };
    let netns = NetnsSpec {
        hostname: format!("h{n}"),
        consoles: BTreeMap::from([("shell".into(), shell)]),
        ..NetnsSpec::default()
    };
    let interface = InterfaceSpec {
        name: "eth0".into(),
        mac: Mac([2, 0, 0, 0, 0, u8::try_from(n).unwrap()]),
        mtu: MTU,
        addresses: vec![Address(format!("10.0.0.{n}/24").parse().unwrap())],
    };
    NodeSpec {
        name: format!("h{n}"),
        run: RunWish::On { start: 1 },
        wipe: 0,
        interfaces: BTreeMap::from([(0.try_into().unwrap(), interface)]),
        driver: DriverSpec::Netns(netns),
    }
}

/// What a command wrote, to both outputs, and how it ended.
pub struct Ended {
    pub text: String,
    pub status: i32,
}

/// A node that does not run answers with the status 255.
pub async fn exec(agent: &dyn AgentClient, node: u64, argv: &[&str]) -> Ended {
    exec_in(agent, lab_id(), node, argv).await
}

pub async fn exec_in(agent: &dyn AgentClient, lab: LabId, node: u64, argv: &[&str]) -> Ended {
    let opening = Opening::Exec {
        lab,
        node: node_id(node),
        argv: argv.iter().map(|&word| word.into()).collect(),
        env: BTreeMap::new(),
        tty: None,
    };
    let mut stream = match agent.open(opening).await {
        Ok(stream) => stream,
        Err(error) => {
            return Ended {
                text: error.to_string(),
                status: 255,
            };
        }
    };
    let mut ended = Ended {
        text: String::new(),
        status: -1,
    };
    while let Some(frame) = stream.output.next().await {
        let Ok(frame) = frame else { break };
        match frame {
            StreamFrame::Data(bytes) | StreamFrame::Stderr(bytes) => {
                ended.text.push_str(&String::from_utf8_lossy(&bytes));
            }
            StreamFrame::Control(Control::Exit { status }) => ended.status = status,
            StreamFrame::Control(Control::Failed { status, message }) => {
                ended.status = status;
                ended.text.push_str(&message);
            }
            StreamFrame::Control(other) => panic!("unexpected of a command: {other:?}"),
        }
    }
    ended
}

/// Waits until the condition holds; fails after a minute, which is long for a busy machine too.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), waiting).await;
    assert!(waited.is_ok(), "waited a minute in vain until {what}");
}
