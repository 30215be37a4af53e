//! The subcommands.

mod serve;

use std::path::{Path, PathBuf};
use std::time::Duration;

use agent_api::ControllerId;
use agent_api::serve::Peers;
use agent_api::sim::{SimAgent, SimOptions};
use agent_api::unix::socket;
use anyhow::{Context, bail};
use fabric::Fabric;
use runtime::netns;
use rustix::process::geteuid;

use crate::instance::{Override, read_instance_id};
use crate::ledger::Ledger;
use crate::paths::Paths;
use crate::{holder, ledger, lock, sweep as sweeping};

pub use serve::{ServeOptions, serve};

/// How long the holder gets to end.
const HOLDER_ENDS_WITHIN: Duration = Duration::from_secs(5);

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

/// `sweep`: ends nodes, devices and the holder.
pub fn sweep(data: &Path) -> anyhow::Result<()> {
    let paths = Paths::new(data)?;
    paths
        .ensure()
        .with_context(|| format!("make {}", paths.runtime().display()))?;
    let instance = read_instance_id(&paths.instance_id(), &Override::from_environment())?;
    let holder = holder::find(&paths.holder());
    if let Some(holder) = &holder {
        holder.join()?;
    }
    let _locks = lock::take(&paths.lock())?;
    let known = Ledger::open(&paths.ledger(), instance.clone())?;
    let known = known.labs().map(|(id, _)| id).collect();
    // Without root and without a holder there is no namespace of ours, and so nothing in it.
    let mut left = Vec::new();
    if holder.is_some() || geteuid().is_root() {
        left = runtime()?.block_on(async {
            let driver = driver(&paths)?;
            sweeping::run(&driver, &Fabric::open()?, &instance, known).await
        })?;
    }
    if let Some(holder) = holder
        && let Err(error) = holder.end(HOLDER_ENDS_WITHIN)
    {
        left.push(error.to_string());
    }
    for path in [paths.holder(), paths.socket()] {
        remove_if_there(&path).with_context(|| format!("remove {}", path.display()))?;
    }
    if left.is_empty() {
        return Ok(());
    }
    bail!("not everything is gone:\n{}", left.join("\n"))
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

/// The one driver that there is now.
fn driver(paths: &Paths) -> anyhow::Result<netns::Driver> {
    let ids = netns::IdMap::of_this_process().map_err(anyhow::Error::msg)?;
    let exe: PathBuf = std::env::current_exe().context("find the own program")?;
    Ok(netns::Driver::new(netns::Config::new(
        &paths.runtime(),
        ids,
        &exe,
    ))?)
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
