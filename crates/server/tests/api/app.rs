//! A whole server in this process: its own data folder, port and simulated host.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use agent_api::sim::{SimAgent, SimOptions};
use agent_api::{AgentClient, ControllerId};
use api::client::Client;
use api::job::{Job, JobAct};
use api::lab::{LabDetail, Selection};
use model::access::Role;
use model::edit::Edit;
use model::template::Templates;
use model::{End, InstanceId, LabId, LinkId, LinkState, NodeId, Position};
use serde_json::Map;
use server::app::{App, Ingredients, Settings};
use server::auth::{Cost, Passwords};
use server::border::{Border, Hosts};
use server::clock::Clock;
use server::{commands, templates};
use store::{By, Config, Labs, NewUser, Store, UserId};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use uuid::Uuid;

pub const PASSWORD: &str = "correct horse";
/// Nothing here takes longer, or it never comes.
pub const SOON: Duration = Duration::from_secs(10);

pub struct TestApp {
    pub app: App,
    pub url: String,
    pub sim: Arc<SimAgent>,
    pub folder: Arc<TempDir>,
    clock: Clock,
    serving: Option<JoinHandle<anyhow::Result<()>>>,
}

impl TestApp {
    /// A fresh server with the administrator `admin` and the members `ada` and `bob`.
    pub async fn start() -> Self {
        Self::start_with(Clock::System).await
    }

    pub async fn start_with(clock: Clock) -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        let test = Self::run(folder, clock, sim()).await;
        test.add_users().await;
        test
    }

    /// A fresh server with a small border, which answers to the name `lab.example`.
    pub async fn start_with_border(border: Border) -> Self {
        Self::start_as(Settings {
            border,
            hosts: Hosts::new("rack7", &["lab.example".into()]),
            ..settings()
        })
        .await
    }

    /// A fresh server that is set up otherwise.
    pub async fn start_as(settings: Settings) -> Self {
        let (folder, sim) = (Arc::new(TempDir::new().unwrap()), sim());
        let near = sim.clone();
        let test = Self::run_as(settings, folder, Clock::System, sim, |_| near).await;
        test.add_users().await;
        test
    }

    pub async fn add_users(&self) {
        for (name, role) in [
            ("admin", Role::Admin),
            ("ada", Role::Member),
            ("bob", Role::Member),
        ] {
            self.add_user(name, role).await;
        }
    }

    /// A server on a folder and a host that may have been used before.
    pub async fn run(folder: Arc<TempDir>, clock: Clock, sim: Arc<SimAgent>) -> Self {
        let near = sim.clone();
        Self::run_with(folder, clock, sim, |_| near).await
    }

    /// The same, speaking to the host as `connect` says.
    pub async fn run_with(
        folder: Arc<TempDir>,
        clock: Clock,
        sim: Arc<SimAgent>,
        connect: impl FnOnce(ControllerId) -> Arc<dyn AgentClient>,
    ) -> Self {
        Self::run_as(settings(), folder, clock, sim, connect).await
    }

    async fn run_as(
        settings: Settings,
        folder: Arc<TempDir>,
        clock: Clock,
        sim: Arc<SimAgent>,
        connect: impl FnOnce(ControllerId) -> Arc<dyn AgentClient>,
    ) -> Self {
        let config = Config::sqlite(folder.path().join("nova-ve.db"));
        Self::run_whole(settings, config, folder, clock, sim, connect).await
    }

    /// The same, with its state in another database.
    pub async fn run_on(
        config: Config,
        folder: Arc<TempDir>,
        clock: Clock,
        sim: Arc<SimAgent>,
        connect: impl FnOnce(ControllerId) -> Arc<dyn AgentClient>,
    ) -> Self {
        Self::run_whole(settings(), config, folder, clock, sim, connect).await
    }

    async fn run_whole(
        settings: Settings,
        config: Config,
        folder: Arc<TempDir>,
        clock: Clock,
        sim: Arc<SimAgent>,
        connect: impl FnOnce(ControllerId) -> Arc<dyn AgentClient>,
    ) -> Self {
        Store::migrate(&config, clock.now_ms()).await.unwrap();
        let store = Store::open(&config).await.unwrap();
        let labs = folder.path().join("labs");
        let labs = Labs::open(store.clone(), labs, Uuid::new_v4(), clock.now_ms())
            .await
            .unwrap();
        let controller = store.controller_id(Uuid::new_v4()).await.unwrap();
        let app = App::new(Ingredients {
            config: settings,
            clock: clock.clone(),
            agent: connect(ControllerId(controller.to_string())),
            store,
            labs,
            controller: ControllerId(controller.to_string()),
            templates: templates::embedded().unwrap(),
            passwords: Passwords::new(Cost::Least),
            epoch: Uuid::new_v4().to_string(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let serving = tokio::spawn(commands::serve::serve(app.clone(), listener));
        Self {
            app,
            url: format!("http://{address}"),
            sim,
            folder,
            clock,
            serving: Some(serving),
        }
    }

    pub async fn add_user(&self, name: &str, role: Role) {
        let hash = self.app.passwords.hash(PASSWORD.into()).await.unwrap();
        let user = NewUser {
            id: UserId(Uuid::new_v4()),
            username: name.into(),
            password_hash: hash,
            role,
        };
        self.app
            .store
            .create_user(By::Machine, user, 0)
            .await
            .unwrap();
    }

    pub async fn log_in(&self, name: &str) -> Client {
        Client::log_in(&self.url, name, PASSWORD).await.unwrap().0
    }

    /// A request as a program would send it, without the client's help.
    pub fn raw(&self, client: &Client, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().unwrap();
        let request = reqwest::Client::new().request(method, format!("{}{path}", self.url));
        request.bearer_auth(client.secret().unwrap())
    }

    pub fn lab_file(&self, lab: LabId) -> PathBuf {
        self.folder.path().join("labs").join(format!("{lab}.json"))
    }

    /// Stops the server as SIGTERM does; its folder and its host stay.
    pub async fn stop(mut self) -> (Arc<TempDir>, Arc<SimAgent>) {
        self.app.stopping.cancel();
        let serving = self.serving.take().unwrap();
        let ended = tokio::time::timeout(SOON, serving).await;
        ended.expect("the server stops in time").unwrap().unwrap();
        (self.folder.clone(), self.sim.clone())
    }

    /// Stops the server and starts another on the same folder and host.
    pub async fn restart(self) -> Self {
        let clock = self.clock.clone();
        let (folder, sim) = self.stop().await;
        Self::run(folder, clock, sim).await
    }

    /// The end of every test: nothing is left undone.
    pub async fn end(self) {
        let left = self.app.jobs.running();
        assert!(left.is_empty(), "jobs still run: {left:?}");
        self.stop().await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.app.stopping.cancel();
        let ended = self.serving.is_none();
        assert!(
            ended || std::thread::panicking(),
            "a test forgot TestApp::end or TestApp::stop"
        );
    }
}

pub fn settings() -> Settings {
    Settings::of(InstanceId("test-instance".into()))
}

/// A simulated host that does in milliseconds what a real one does in seconds.
pub fn sim() -> Arc<SimAgent> {
    SimAgent::new(SimOptions {
        step: Duration::from_millis(20),
        ping_every: Duration::from_millis(20),
        ..SimOptions::default()
    })
}

/// A clock that a test moves, at a time in 2026.
pub fn manual_clock() -> (Clock, Arc<AtomicU64>) {
    let now_ms = Arc::new(AtomicU64::new(1_790_000_000_000));
    (Clock::Manual(now_ms.clone()), now_ms)
}

pub fn node(number: u64) -> NodeId {
    NodeId::try_from(number).unwrap()
}

pub fn link(number: u64) -> LinkId {
    LinkId::try_from(number).unwrap()
}

/// Adds a host named `name` as node `number`.
pub fn add_host(number: u64, name: &str) -> Edit {
    add_node(number, "host", name)
}

pub fn add_node(number: u64, template: &str, name: &str) -> Edit {
    let templates: Templates = templates::embedded().unwrap();
    let template = templates.get(template).unwrap();
    Edit::AddNode {
        id: node(number),
        node: template.new_node(name, Position::default()),
    }
}

/// Links the first interfaces of nodes 1 and 2.
pub fn link_first_two() -> Edit {
    let end = |number| End::Interface {
        node: node(number),
        interface: 0.try_into().unwrap(),
    };
    Edit::AddLink {
        id: link(1),
        a: end(1),
        b: end(2),
        network: None,
        state: LinkState::Up,
        extra: Map::new(),
    }
}

/// A lab of the named hosts, the first two of them linked.
pub async fn lab_of(client: &Client, names: &[&str]) -> LabDetail {
    let made = client
        .create_lab(&api::lab::CreateLab {
            name: format!("lab of {} hosts", names.len()),
            description: String::new(),
        })
        .await
        .unwrap();
    let hosts = names
        .iter()
        .zip(1..)
        .map(|(name, number)| add_host(number, name));
    let mut edits: Vec<Edit> = hosts.collect();
    if edits.len() > 1 {
        edits.push(link_first_two());
    }
    let (id, revision) = (made.lab.id, made.lab.revision);
    client
        .edit(id, revision, Edit::Batch { edits })
        .await
        .unwrap();
    client.lab(id).await.unwrap()
}

/// Asks for an act on the whole lab and waits for its end.
pub async fn done(client: &Client, lab: LabId, act: JobAct) -> Job {
    let job = client.act(lab, act, &Selection::default()).await.unwrap();
    client.job(job.id, SOON.as_secs()).await.unwrap()
}

/// Waits until `look` finds what it looks for.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut look: impl FnMut() -> F) -> T {
    let deadline = tokio::time::Instant::now() + SOON;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "not in time: {what}"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
