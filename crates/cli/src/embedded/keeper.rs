//! The keeper: starts agent and server, starts them again when they die, ends them in order.
//!
//! ```text
//! starting ──both answer──▶ watching ──signal──▶ ending
//!    └── a part dies, or nobody answers ──▶ failed, everything ended again
//! ```
//! One keeper a data folder, by a lock that the kernel drops with the process.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use api::client::Client;
use api::system::Health;
use rustix::fs::{FlockOperation, flock};
use telemetry::{Limits, LogFile};
use tokio::time::{Instant, sleep, timeout};

use super::prepare::{Listen, agent_args, beside, server_args};
use super::service::{Service, Turn};
use super::{AGENT, DataFolder, Log, ProcessId, SERVER, UpRecord, tail};
use crate::failure::{Exit, Failure};
use crate::output::remark;

/// A first start on a slow machine makes a database and copies a base tree.
const START_PATIENCE: Duration = Duration::from_mins(1);
/// After the server answers, the agent has this long to be found before a warning is said instead.
const AGENT_PATIENCE: Duration = Duration::from_secs(15);
const STOP_PATIENCE: Duration = Duration::from_secs(15);
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// A record that could not be written is tried again after this.
const WRITE_AGAIN: Duration = Duration::from_secs(2);
/// glibc makes an arena for every thread until there are eight for each processor, and gives little of
/// them back (`mallopt(3)`, `M_ARENA_MAX`): two are 4 MB less of the server, which waits more than it
/// allocates. It starts nothing that would inherit this.
const SERVER_ARENAS: &str = "2";

pub struct Keeper {
    folder: DataFolder,
    agent: Service,
    server: Service,
    record: UpRecord,
    /// Where this start's words begin in the logs of agent and server.
    words_from: [u64; 2],
    /// Where a keeper in the background says what happens.
    own_log: Option<LogFile>,
    /// Who runs now does not stand in the record.
    is_unwritten: bool,
    _lock: File,
}

/// What `watch` ended with.
#[derive(Debug, PartialEq, Eq)]
pub struct Stopped;

impl Keeper {
    /// The keeper's place in the folder; `None` when another has it.
    pub fn lock(folder: &DataFolder) -> anyhow::Result<Option<File>> {
        let path = folder.file("up.lock");
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("failed to open {}", path.display()))?;
        Self::relock(lock, folder)
    }

    /// The place that this open file stands for. One that was locked before it was handed on still is.
    pub fn relock(lock: File, folder: &DataFolder) -> anyhow::Result<Option<File>> {
        let path = folder.file("up.lock");
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Some(lock)),
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
            Err(error) => Err(error).with_context(|| format!("failed to lock {}", path.display())),
        }
    }

    pub fn new(
        folder: &DataFolder,
        lock: File,
        listen: Listen,
        detached: bool,
    ) -> anyhow::Result<Self> {
        let socket = listen.bind()?;
        let address = socket
            .local_addr()
            .context("failed to look at the socket")?;
        let programs = beside()?;
        let log = |name: &str| Log {
            path: folder.log_file(name),
        };
        let (agent_log, server_log) = (log("agent.log"), log("server.log"));
        let record = first_record(url_of(address), detached)?;
        Ok(Self {
            folder: folder.clone(),
            words_from: [agent_log.length(), server_log.length()],
            agent: Service::new(AGENT, programs.join(AGENT), agent_args(folder), agent_log),
            server: Service::new(
                SERVER,
                programs.join(SERVER),
                server_args(folder),
                server_log,
            )
            .on_socket(socket.into())
            .with("MALLOC_ARENA_MAX", SERVER_ARENAS),
            record,
            own_log: detached.then(|| own_log(folder)).flatten(),
            is_unwritten: false,
            _lock: lock,
        })
    }

    pub fn url(&self) -> &str {
        &self.record.url
    }

    /// Starts both and waits until they answer; ends them again when they do not.
    pub async fn start(&mut self) -> anyhow::Result<Health> {
        let outcome = self.try_start().await;
        if outcome.is_err() {
            self.end().await;
        }
        outcome
    }

    async fn try_start(&mut self) -> anyhow::Result<Health> {
        self.agent.start()?;
        self.server.start()?;
        self.write_record()?;
        let client = Client::new(&self.record.url, None)?;
        tokio::select! {
            health = timeout(START_PATIENCE, answering(&client)) => {
                Ok(health.context("the server does not answer")?)
            }
            turn = self.agent.turn() => Err(self.died(&turn, 0)),
            turn = self.server.turn() => Err(self.died(&turn, 1)),
        }
    }

    /// Told to `up -d` and to other commands, after the address was said.
    pub fn mark_ready(&mut self) -> anyhow::Result<()> {
        self.record.ready = true;
        self.write_record()
    }

    /// Keeps both running until `stop` comes.
    pub async fn watch(&mut self, stop: impl Future<Output = ()>) -> Stopped {
        tokio::pin!(stop);
        loop {
            // Cancel-safe: a turn that is dropped is found again by the next one.
            let (name, log, turn) = tokio::select! {
                () = &mut stop => return Stopped,
                () = sleep(WRITE_AGAIN), if self.is_unwritten => {
                    self.write_record_or_remark();
                    continue;
                }
                turn = self.agent.turn() => (self.agent.name, &self.agent.log, turn),
                turn = self.server.turn() => (self.server.name, &self.server.log, turn),
            };
            remark(&words(name, &log.path.display().to_string(), &turn));
            if let Some(log) = &self.own_log {
                log.look();
            }
            self.write_record_or_remark();
        }
    }

    /// Ends server, then agent; nodes go on.
    pub async fn end(&mut self) {
        self.server.end(STOP_PATIENCE).await;
        self.agent.end(STOP_PATIENCE).await;
        UpRecord::remove(&self.folder);
    }

    /// On a full disk the record is an old one until there is room.
    fn write_record_or_remark(&mut self) {
        let written = self.write_record();
        if let (Err(error), false) = (&written, self.is_unwritten) {
            remark(&format!("{error:#}"));
        }
        self.is_unwritten = written.is_err();
    }

    fn write_record(&mut self) -> anyhow::Result<()> {
        self.record.agent = self.agent.process();
        self.record.server = self.server.process();
        self.record.write(&self.folder)
    }

    fn died(&self, turn: &Turn, part: usize) -> anyhow::Error {
        let service = [&self.agent, &self.server][part];
        let how = match turn {
            Turn::Died { status, .. } => status.to_string(),
            Turn::Started => "it was started twice".into(),
            Turn::Refused { why } => why.clone(),
        };
        let said = tail(&service.log.path, self.words_from[part], 15);
        Failure::new(
            Exit::UNAVAILABLE,
            format!("{} ended while starting ({how}):\n{said}", service.name),
        )
        .hint(format!(
            "what this host lacks: nova-ve doctor; all of its words: {}",
            service.log.path.display()
        ))
        .into()
    }
}

/// Waits until the server answers with everything in order, or with an agent that stays away.
async fn answering(client: &Client) -> Health {
    let mut server_since: Option<Instant> = None;
    loop {
        if let Ok(health) = client.health().await {
            let since = *server_since.get_or_insert_with(Instant::now);
            // An agent that refuses this server will go on refusing it.
            let settled = health.status == "ok" || health.agent.contains("accept");
            if settled || since.elapsed() > AGENT_PATIENCE {
                return health;
            }
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// The file that `up -d` opened for it, as one that is put aside when it grows long. Without, the words
/// go on as they are.
fn own_log(folder: &DataFolder) -> Option<LogFile> {
    let log = LogFile::open(&folder.log_file("up.log"), Limits::default()).ok()?;
    log.take_standard().ok()?;
    Some(log)
}

fn words(name: &str, log: &str, turn: &Turn) -> String {
    match turn {
        Turn::Died { status, pause } => format!(
            "{name} ended ({status}); it is started again in {:.1} s; its words: {log}",
            pause.as_secs_f32()
        ),
        Turn::Started => format!("{name} runs again"),
        Turn::Refused { why } => format!("{name} could not be started: {why}"),
    }
}

/// Where a browser on this host finds a server that listens there.
fn url_of(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// Of a start at which nothing answers yet.
fn first_record(url: String, detached: bool) -> anyhow::Result<UpRecord> {
    Ok(UpRecord {
        url,
        version: env!("CARGO_PKG_VERSION").into(),
        keeper: ProcessId::of(std::process::id()).context("failed to look at this process")?,
        server: None,
        agent: None,
        ready: false,
        detached,
        started_ms: jiff::Timestamp::now().as_millisecond(),
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;

    #[test]
    fn only_one_keeper_has_a_folder() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DataFolder::find(Some(temp.path())).unwrap();
        let first = Keeper::lock(&folder).unwrap();
        assert!(first.is_some());
        assert!(Keeper::lock(&folder).unwrap().is_none());
        drop(first);
        assert!(Keeper::lock(&folder).unwrap().is_some());
    }

    #[test]
    fn an_unspecified_address_is_reached_by_loopback() {
        assert_eq!(url_of("0.0.0.0:80".parse().unwrap()), "http://127.0.0.1:80");
        assert_eq!(url_of("[::1]:80".parse().unwrap()), "http://[::1]:80");
    }
}
