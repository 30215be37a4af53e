//! `serve`: from the command line to a working agent.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use agent_api::Capabilities;
use agent_api::instance::{Override, read_instance};
use agent_api::reserve::Reserve;
use agent_api::serve::Peers;
use anyhow::Context;
use fabric::Fabric;
use model::InstanceId;
use model::seen::NodePhase;
use model::spec::HiddenBridge;
use runtime::{Drivers, NodeDriver};
use rustix::process::geteuid;
use telemetry::{service, variables};

use super::door::Door;
use super::{
    DriverSetup, Kinds, is_initial_user_namespace, kinds, remove_if_there, runtime, until_signal,
};
use crate::config::{Config, Networks};
use crate::figures::Figures;
use crate::gateway::choose::Pools;
use crate::gateway::{self, Gateways};
use crate::holder::Holder;
use crate::host::{Host, Means};
use crate::host_id::ensure_host_id;
use crate::ledger::{Controllers, Ledger};
use crate::paths::Paths;
use crate::reload::{self, ConfigFile};
use crate::service::Agent;
use crate::{closing, holder, lock, sweep};

const RESERVE_EVERY: Duration = Duration::from_mins(1);
const SYSTEM_CONFIG: &str = "/etc/nova-ve/agent.toml";

/// See the command line.
pub struct ServeOptions {
    pub data: PathBuf,
    pub socket: Option<PathBuf>,
    pub config: Option<PathBuf>,
    pub instance_id_file: Option<PathBuf>,
    pub hidden_bridge: Option<HiddenBridge>,
    pub node_scopes: bool,
}

/// What is decided before the async runtime starts.
struct Setup {
    paths: Paths,
    socket: PathBuf,
    instance: InstanceId,
    config_file: ConfigFile,
    config: Config,
    hidden_bridge: HiddenBridge,
    rootless: bool,
    node_scopes: bool,
    /// Who holds our namespaces, where we are not root.
    holder: Option<Holder>,
    /// The namespaces are new: whatever runs is of others, which are gone.
    fresh: bool,
}

impl Setup {
    fn drivers(&self) -> DriverSetup<'_> {
        DriverSetup {
            paths: &self.paths,
            instance: &self.instance,
            docker_socket: self.config.docker_socket.clone(),
            node_scopes: self.node_scopes,
        }
    }
}

/// Works until SIGTERM or SIGINT. The process must have one thread still.
pub fn serve(options: ServeOptions) -> anyhow::Result<()> {
    for complaint in variables::complaints() {
        tracing::warn!("{complaint}");
    }
    set_up_and_work(options)
}

fn set_up_and_work(options: ServeOptions) -> anyhow::Result<()> {
    let paths = Paths::new(&options.data)?;
    paths
        .ensure()
        .with_context(|| format!("make {}", paths.runtime().display()))?;
    let socket = std::path::absolute(options.socket.unwrap_or_else(|| paths.socket()))?;
    let instance_id_file = options
        .instance_id_file
        .unwrap_or_else(|| paths.instance_id());
    let instance = read_instance(&instance_id_file, &Override::from_environment())?;
    let privileged = geteuid().is_root();
    let config_file = find_config(&paths, options.config, privileged);
    let config = config_file.read()?;
    let fresh = !privileged && holder::find(&paths.holder()).is_none();
    let holder = if privileged {
        None
    } else {
        Some(holder::enter(&paths.holder())?)
    };
    let _locks = lock::take(&paths.lock())?;
    let rootless = !(privileged && is_initial_user_namespace());
    let usual = usual_hidden_bridge(rootless);
    let hidden_bridge = options
        .hidden_bridge
        .or(config.hidden_bridge)
        .unwrap_or(usual);
    let setup = Setup {
        paths,
        socket,
        instance,
        config_file,
        config,
        hidden_bridge,
        rootless,
        node_scopes: options.node_scopes,
        holder,
        fresh,
    };
    runtime()?.block_on(work(setup))
}

fn usual_hidden_bridge(rootless: bool) -> HiddenBridge {
    if rootless {
        HiddenBridge::OnDemand
    } else {
        HiddenBridge::Always
    }
}

async fn work(setup: Setup) -> anyhow::Result<()> {
    let (socket, config) = (&setup.socket, &setup.config);
    let kinds = kinds(setup.drivers())?;
    if setup.fresh {
        stop_orphans(&kinds.drivers).await?;
    }
    let host = Arc::new(host(&setup, kinds)?);
    // Root in a user namespace works in the network that it was started in, which may be the host's.
    closing::begin(&host.fabric, &host.gateways, setup.holder.is_some()).await?;
    tokio::spawn(closing::keep(host.clone()));
    let fabric = host.fabric.clone();
    let reserve = host.ledger().reserve();
    let agent = Agent::start(host, Controllers::new(setup.paths.controllers())).await?;
    if let Some(holder) = setup.holder {
        let told = agent.clone();
        let tell = move |message: &str| told.tell_every_lab(message);
        tokio::spawn(holder::watch(setup.paths.holder(), holder, tell));
    }
    let allowed_uids = config.allowed_uids(geteuid().as_raw())?;
    let peers = Peers { allowed_uids };
    let door = Door::open(socket, config.server_user.as_deref())?;
    let (rootless, hidden_bridge) = (setup.rootless, setup.hidden_bridge);
    tracing::info!(socket = %socket.display(), ?hidden_bridge, rootless, "agent.ready");
    let status = format!("serves {}", socket.display());
    service::ready(&status);
    tokio::spawn(stay_alive(fabric));
    tokio::spawn(keep_reserve(reserve));
    let config_file = setup.config_file.clone();
    tokio::spawn(reload::on_signal(status, config_file, config.clone()));
    // Both arms end the process; nodes are nobody's children and go on.
    tokio::select! {
        () = door.serve(agent, peers) => {}
        ended = until_signal() => ended?,
    }
    service::stopping();
    tracing::info!("agent.stop; nodes go on running");
    remove_if_there(socket).context("remove the socket")
}

fn host(setup: &Setup, kinds: Kinds) -> anyhow::Result<Host> {
    let capabilities = Capabilities {
        kinds: BTreeMap::new(),
        hidden_bridge: setup.hidden_bridge,
        rootless: setup.rootless,
        drift: true,
    };
    Ok(Host::new(
        ensure_host_id(&setup.paths.host_id())?,
        setup.instance.clone(),
        capabilities,
        setup.config.allow.clone(),
        Means {
            driver: Arc::new(kinds.drivers),
            images: kinds.images,
            fabric: Fabric::open()?,
            gateways: gateways(setup)?,
        },
        Ledger::open(&setup.paths.ledger(), setup.instance.clone())?,
        Figures::new(setup.paths.data()),
    ))
}

fn gateways(setup: &Setup) -> anyhow::Result<Gateways> {
    let Networks {
        ipv4_pool,
        ipv6_pool,
    } = setup.config.networks;
    Ok(Gateways::open(gateway::Settings {
        folder: setup.paths.labs(),
        instance: setup.instance.clone(),
        pools: Pools::new(ipv4_pool, ipv6_pool, &setup.instance),
        program: Some(std::env::current_exe().context("find the own program")?),
        scopes: setup.node_scopes,
        own_network: setup.holder.is_some(),
    }))
}

/// Nodes that outlived the holder of their namespaces have lost their links for good. They are
/// stopped, and started again as their wishes say.
async fn stop_orphans(driver: &Drivers) -> anyhow::Result<()> {
    let nodes = driver.observe_all().await?;
    let running = nodes
        .iter()
        .filter(|(_, node)| node.phase != NodePhase::Data);
    let running: Vec<_> = running.map(|(node, _)| *node).collect();
    if !running.is_empty() {
        let nodes = running.len();
        tracing::warn!(
            nodes,
            "the holder of these nodes' namespaces is gone, they are started again"
        );
    }
    for why in sweep::stop_all(driver, running).await {
        tracing::warn!(why, "a node of the former holder does not stop");
    }
    Ok(())
}

pub(super) fn find_config(paths: &Paths, given: Option<PathBuf>, privileged: bool) -> ConfigFile {
    let usual = if privileged {
        PathBuf::from(SYSTEM_CONFIG)
    } else {
        paths.data().join("agent.toml")
    };
    ConfigFile {
        path: given.or_else(|| Some(usual).filter(|path| path.exists())),
        strict: privileged,
    }
}

/// Tells that runtime and netlink still answer, as often as whoever started us wants to hear it.
async fn stay_alive(fabric: Fabric) {
    let Some(every) = service::alive_every() else {
        return;
    };
    loop {
        if fabric.requests_made().await.is_ok() {
            service::alive();
        }
        tokio::time::sleep(every).await;
    }
}

/// What was given up on a full disk is taken again when there is room.
async fn keep_reserve(reserve: Reserve) {
    loop {
        let reserve = reserve.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || reserve.keep()).await {
            tracing::warn!(%error, "room for a full disk is not kept");
        }
        tokio::time::sleep(RESERVE_EVERY).await;
    }
}
