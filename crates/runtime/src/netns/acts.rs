//! Making, stopping, wiping and removing a node. Each act looks first and does what is missing, so
//! that it can be cut off anywhere and done again.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::process::Stdio;
use std::time::{Duration, Instant};

use model::spec::{NodeSpec, RunWish};
use rustix::process::Signal;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use super::driver::Driver;
use super::folder::{Data, NodeFolder, RECORD_SCHEMA, Record};
use super::kept::Touch;
use super::launcher::{Launch, Launched};
use super::protocol::{Request, Status};
use super::{check, client, observe, process, scope, watch};
use crate::driver::{DriverError, NodeObserved, NodeRef};
use crate::faults;
use crate::process::registered;

/// A launcher needs milliseconds; a host under heavy load, seconds.
const LAUNCH_TIMEOUT: Duration = Duration::from_secs(30);
/// What a supervisor may take beyond its grace before it is killed.
const STOP_MARGIN: Duration = Duration::from_secs(2);
/// The kernel's time to end everything in the node.
const KILL_TIMEOUT: Duration = Duration::from_secs(10);
/// From closing its socket to being gone.
const ENDING: Duration = Duration::from_millis(500);
const LOCK_POLL: Duration = Duration::from_millis(10);

/// The supervisor, if it lives.
pub fn living(folder: &NodeFolder) -> Option<OwnedFd> {
    folder.record().and_then(|record| process::living(&record))
}

pub async fn ensure(
    driver: &Driver,
    node: NodeRef,
    spec: &NodeSpec,
) -> Result<NodeObserved, DriverError> {
    let problems = check::problems(spec);
    if !problems.is_empty() {
        return Err(DriverError::BadSpec(problems.join("; ")));
    }
    let RunWish::On { start } = spec.run else {
        return Err(DriverError::BadSpec("the node shall not run".into()));
    };
    let folder = driver.folder(node);
    let touch = Touch::new(driver, node);
    match answer(&folder).await {
        Answer::Status(_) => {}
        Answer::Silence(why) => return Err(DriverError::Supervisor { node, why }),
        Answer::Gone => {
            let _making = Making::new(driver, node);
            prepare(&folder, node, spec.wipe).await?;
            touch.changed_folders();
            make(driver, node, record(driver, node, spec, start)).await?;
        }
    }
    drop(touch);
    watch::watch(driver, node);
    let seen = observe::node(driver, node).await;
    seen.ok_or(DriverError::NoSuchNode { node })
}

async fn make(driver: &Driver, node: NodeRef, record: Record) -> Result<(), DriverError> {
    let folder = &driver.folder(node);
    let at = |what| faults::point(|| format!("{node}: {what}"));
    at("its folder is prepared");
    launch(driver, folder, record).await?;
    at("its supervisor lives");
    Ok(())
}

/// How a supervisor answers now.
pub enum Answer {
    Status(Box<Status>),
    /// It lives and says nothing.
    Silence(String),
    Gone,
}

/// One that is ending is silent for a moment before it is gone: nobody shall take it for living.
pub async fn answer(folder: &NodeFolder) -> Answer {
    let Some(pidfd) = living(folder) else {
        return Answer::Gone;
    };
    let why = match client::status(folder).await {
        Ok(status) => return Answer::Status(Box::new(status)),
        Err(why) => why,
    };
    match registered(pidfd) {
        Ok(pidfd) if gone_within(&pidfd, ENDING).await => Answer::Gone,
        Ok(_) | Err(_) => Answer::Silence(why),
    }
}

/// In the driver's list of nodes that are being made, for as long as this lives.
struct Making<'a>(&'a Driver, NodeRef);

impl<'a> Making<'a> {
    fn new(driver: &'a Driver, node: NodeRef) -> Self {
        driver.busy().making.insert(node);
        Self(driver, node)
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.busy().making.remove(&self.1);
    }
}

/// The folder with its data; data older than the wish's wipe count goes.
async fn prepare(folder: &NodeFolder, node: NodeRef, wipe: u64) -> Result<Data, DriverError> {
    let new = Data {
        lab: node.lab,
        node: node.node,
        wipe,
        placed: BTreeMap::new(),
    };
    in_thread(folder, "prepare the node's folder", move |folder| {
        folder.create()?;
        let data = match folder.read_data() {
            Some(data) if data.wipe >= wipe => return Ok(data),
            Some(_) | None => new,
        };
        let at = |what| faults::point(|| format!("{node}: {what}"));
        at("its data is to be made");
        folder.remove_data()?;
        at("its old data is gone");
        folder.create()?;
        folder.write_data(&data)?;
        Ok(data)
    })
    .await
}

fn record(driver: &Driver, node: NodeRef, spec: &NodeSpec, start: u64) -> Record {
    Record {
        schema: RECORD_SCHEMA,
        lab: node.lab,
        node: node.node,
        pid: 0,
        start_time: 0,
        boot: String::new(),
        start,
        fingerprint: spec.fingerprint(),
        base: driver.base.to_string(),
        spec: spec.clone(),
    }
}

async fn launch(driver: &Driver, folder: &NodeFolder, record: Record) -> Result<(), DriverError> {
    let config = &driver.config;
    let launch = Launch {
        folder: folder.path.clone(),
        base: config.runtime_dir.join("base").join(&*driver.base),
        id_map: config.id_map,
        record,
    };
    let mut child = Command::new(&config.agent_exe)
        .args(&config.agent_args)
        .env_clear()
        .envs(environment())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
            DriverError::failed(format!("start {}", config.agent_exe.display()), error)
        })?;
    enter_scope(driver, folder, &child).await;
    let answer = tokio::time::timeout(LAUNCH_TIMEOUT, converse(&mut child, &launch)).await;
    let Ok(answer) = answer else {
        // Its child ends with it while the node is not made.
        let _ = child.kill().await;
        let why = format!(
            "its launcher took longer than {} s",
            LAUNCH_TIMEOUT.as_secs()
        );
        return Err(DriverError::failed("launch the node", why));
    };
    // What it has still to do after its answer is no more of our business than its end.
    tokio::spawn(async move { child.wait().await });
    match answer.map_err(|error| DriverError::failed("launch the node", error))? {
        // Busy: somebody else makes it already.
        Launched::Running { .. } | Launched::Busy => Ok(()),
        Launched::Failed { what, why } => Err(DriverError::Failed { what, why }),
    }
}

/// Without one the node runs in the agent's own unit, which leaves it alone too.
async fn enter_scope(driver: &Driver, folder: &NodeFolder, launcher: &Child) {
    if driver.config.scopes
        && let Some(pid) = launcher.id()
        && let Err(error) = scope::enter(
            &folder.name(),
            &format!("nova-ve node {}", folder.name()),
            pid,
        )
        .await
    {
        tracing::warn!(node = folder.name(), %error, "the node has no scope of its own");
    }
}

#[cfg(debug_assertions)]
fn environment() -> Option<(&'static str, std::ffi::OsString)> {
    Some((faults::VARIABLE, std::env::var_os(faults::VARIABLE)?))
}

#[cfg(not(debug_assertions))]
fn environment() -> [(&'static str, &'static str); 0] {
    []
}

/// The launch goes in, one line comes out.
async fn converse(child: &mut Child, launch: &Launch) -> io::Result<Launched> {
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&serde_json::to_vec(launch)?).await?;
    }
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).await?;
    }
    if line.is_empty() {
        let status = child.wait().await?;
        let mut said = String::new();
        if let Some(mut stderr) = child.stderr.take() {
            stderr.read_to_string(&mut said).await?;
        }
        let said = match said.trim() {
            "" => String::new(),
            said => format!(": {said}"),
        };
        let why = format!("its launcher ended before the node was made ({status}){said}");
        return Err(io::Error::other(why));
    }
    Ok(serde_json::from_str(&line)?)
}

pub async fn stop(driver: &Driver, node: NodeRef, grace: Duration) -> Result<(), DriverError> {
    let folder = driver.folder(node);
    let _touch = Touch::new(driver, node);
    if !folder.exists() {
        return Ok(());
    }
    let at = |what| faults::point(|| format!("{node}: {what}"));
    if let Some(pidfd) = living(&folder) {
        end(&folder, pidfd, grace)
            .await
            .map_err(|why| DriverError::Supervisor { node, why })?;
        at("its supervisor has ended");
    }
    // A launcher that outlived its agent may be at work still; then its node is what must end.
    let deadline = Instant::now() + LAUNCH_TIMEOUT;
    while folder
        .try_lock()
        .map_err(|error| DriverError::failed("lock the node's folder", error))?
        .is_none()
    {
        if Instant::now() > deadline {
            return Err(DriverError::StillRuns { node });
        }
        if let Some(pidfd) = living(&folder) {
            end(&folder, pidfd, Duration::ZERO)
                .await
                .map_err(|why| DriverError::Supervisor { node, why })?;
        }
        tokio::time::sleep(LOCK_POLL).await;
    }
    in_thread(&folder, "clear the stopped node's folder", |folder| {
        folder.remove_running_part()
    })
    .await
}

/// Ask, wait, kill, wait.
async fn end(folder: &NodeFolder, pidfd: OwnedFd, grace: Duration) -> Result<(), String> {
    let pidfd = registered(pidfd).map_err(|error| error.to_string())?;
    let grace_ms = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
    let asked = client::open(folder, Request::Stop { grace_ms }).await;
    faults::point(|| format!("{}: it is asked to end", folder.name()));
    let patience = match &asked {
        Ok(_) => grace + STOP_MARGIN,
        Err(_) => Duration::ZERO,
    };
    if gone_within(&pidfd, patience).await {
        return Ok(());
    }
    // Gone just now is as good.
    let _ = rustix::process::pidfd_send_signal(pidfd.as_fd(), Signal::KILL);
    if gone_within(&pidfd, KILL_TIMEOUT).await {
        return Ok(());
    }
    Err(format!(
        "it did not end within {} s of being killed",
        KILL_TIMEOUT.as_secs()
    ))
}

/// At most the time the kernel gets to end a node.
pub async fn wait_until_gone(pidfd: OwnedFd) {
    if let Ok(pidfd) = registered(pidfd) {
        gone_within(&pidfd, KILL_TIMEOUT).await;
    }
}

/// A pidfd is readable when its process has ended, and with pid 1 everything in its namespace.
async fn gone_within(pidfd: &AsyncFd<OwnedFd>, patience: Duration) -> bool {
    tokio::time::timeout(patience, pidfd.readable())
        .await
        .is_ok()
}

pub async fn wipe(driver: &Driver, node: NodeRef, wipe: u64) -> Result<(), DriverError> {
    let folder = driver.folder(node);
    let _touch = Touch::new(driver, node);
    if !folder.exists() {
        return Ok(());
    }
    if living(&folder).is_some() {
        return Err(DriverError::StillRuns { node });
    }
    prepare(&folder, node, wipe).await.map(drop)
}

pub async fn remove(driver: &Driver, node: NodeRef) -> Result<(), DriverError> {
    let _touch = Touch::new(driver, node);
    stop(driver, node, Duration::ZERO).await?;
    faults::point(|| format!("{node}: its folder is to go"));
    in_thread(&driver.folder(node), "remove the node's folder", |folder| {
        folder.remove()
    })
    .await
}

/// Files of a node can be many: not on a thread of the runtime.
pub async fn in_thread<T: Send + 'static>(
    folder: &NodeFolder,
    what: &str,
    act: impl FnOnce(&NodeFolder) -> io::Result<T> + Send + 'static,
) -> Result<T, DriverError> {
    let folder = folder.clone();
    let done = tokio::task::spawn_blocking(move || act(&folder)).await;
    let done = done.unwrap_or_else(|error| Err(io::Error::other(error)));
    done.map_err(|error| DriverError::failed(what, error))
}
