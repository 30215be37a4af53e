//! The subcommands.

mod door;
mod serve;
mod sweep;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use agent_api::ControllerId;
use agent_api::serve::Peers;
use agent_api::sim::{SimAgent, SimOptions};
use agent_api::unix::socket;
use anyhow::{Context, bail};
use model::InstanceId;
use runtime::{Drivers, ImageStore, docker, netns};
use rustix::process::geteuid;

use crate::paths::Paths;
use crate::{holder, ledger};

pub use serve::{ServeOptions, serve};
pub use sweep::sweep;

/// `hold`: makes sure that the holder lives.
pub fn hold(data: &Path) -> anyhow::Result<()> {
    let paths = Paths::new(data)?;
    paths
        .ensure()
        .with_context(|| format!("make {}", paths.runtime().display()))?;
    if geteuid().is_root() {
        bail!("root needs no holder: `serve` works in the namespaces it is started in");
    }
    let holder = holder::ensure(&paths.holder())?;
    println!("the holder is process {}", holder.pid);
    Ok(())
}

/// `accept`: also beside a running agent, which reads the list at every question.
pub fn accept(data: &Path, controller: &ControllerId) -> anyhow::Result<()> {
    let paths = Paths::new(data)?;
    paths
        .ensure()
        .with_context(|| format!("make {}", paths.runtime().display()))?;
    ledger::accept(&paths.controllers(), controller)?;
    println!("controller {} is accepted", controller.0);
    Ok(())
}

/// `sim`: a simulated agent on a socket, until a signal ends it.
pub fn sim(path: &Path, step: Duration) -> anyhow::Result<()> {
    runtime()?.block_on(async {
        let own = geteuid().as_raw();
        let listener = listen(path)?;
        let agent = SimAgent::new(SimOptions {
            step,
            ..SimOptions::default()
        });
        let peers = Peers {
            allowed_uids: vec![own],
        };
        // Both arms end the process.
        tokio::select! {
            () = agent_api::serve::serve(listener, agent, peers) => {}
            ended = until_signal() => ended?,
        }
        std::fs::remove_file(path).context("remove the socket")
    })
}

fn remove_if_there(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the async runtime")
}

/// Listens where nobody listens any more: the caller holds the locks.
fn listen(path: &Path) -> anyhow::Result<tokio::net::UnixListener> {
    remove_if_there(path).with_context(|| format!("replace {}", path.display()))?;
    let listener = socket::listen(path).with_context(|| format!("listen at {}", path.display()))?;
    let only_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, only_owner).context("close the socket to others")?;
    Ok(listener)
}

/// What the drivers are set up by.
struct DriverSetup<'a> {
    paths: &'a Paths,
    instance: &'a InstanceId,
    docker_socket: Option<PathBuf>,
    node_scopes: bool,
}

/// Who runs nodes here.
struct Kinds {
    drivers: Drivers,
    images: Arc<dyn ImageStore>,
}

/// Every kind's. To be called in a runtime.
fn kinds(setup: DriverSetup<'_>) -> anyhow::Result<Kinds> {
    let ids = netns::IdMap::of_this_process().map_err(anyhow::Error::msg)?;
    let exe: PathBuf = std::env::current_exe().context("find the own program")?;
    let runtime = setup.paths.runtime();
    let mut netns = netns::Config::new(&runtime, ids, &exe);
    netns.scopes = setup.node_scopes;
    let mut docker = docker::Config::new(&runtime, setup.instance.clone(), setup.docker_socket);
    docker.rootless = !is_initial_user_namespace();
    let docker = Arc::new(docker::Driver::new(docker)?);
    Ok(Kinds {
        images: docker.clone(),
        drivers: Drivers::new(vec![Arc::new(netns::Driver::new(netns)?), docker]),
    })
}

/// Root of the machine, and not of a namespace that an ordinary user made.
fn is_initial_user_namespace() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// SIGTERM or SIGINT.
async fn until_signal() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    // Both arms end the process.
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
