//! `sweep`: ends nodes, devices and the holder while no agent runs.

use std::path::Path;
use std::time::Duration;

use agent_api::instance::{Override, read_instance};
use anyhow::{Context, bail};
use fabric::Fabric;
use rustix::process::geteuid;

use super::serve::find_config;
use super::{DriverSetup, kinds, remove_if_there, runtime};
use crate::holder::{self, Holder};

use crate::ledger::Ledger;
use crate::paths::Paths;
use crate::{lock, sweep as sweeping};

const HOLDER_ENDS_WITHIN: Duration = Duration::from_secs(5);

/// `purge`: also the agent's own folder goes, with the wishes and the nodes' data.
/// `instance_id_file`: as `serve` has it; in the data folder if not given.
pub fn sweep(data: &Path, instance_id_file: Option<&Path>, purge: bool) -> anyhow::Result<()> {
    let paths = Paths::new(data)?;
    paths
        .ensure()
        .with_context(|| format!("make {}", paths.runtime().display()))?;
    let usual = paths.instance_id();
    let instance_id_file = instance_id_file.unwrap_or(&usual);
    let instance = read_instance(instance_id_file, &Override::from_environment())?;
    let holder = enter(&paths)?;
    let _locks = lock::take(&paths.lock())?;
    let known = Ledger::open(&paths.ledger(), instance.clone())?;
    let known = known.labs().map(|(id, _)| id).collect();
    let config = find_config(&paths, None, geteuid().is_root()).read()?;
    let setup = DriverSetup {
        paths: &paths,
        instance: &instance,
        docker_socket: config.docker_socket,
        node_scopes: false,
    };
    let mut left = runtime()?.block_on(async {
        sweeping::run(
            &kinds(setup)?.drivers,
            &Fabric::open()?,
            &instance,
            known,
            purge,
            &paths.labs(),
        )
        .await
    })?;
    if let Some(holder) = holder
        && let Err(error) = holder.end(HOLDER_ENDS_WITHIN)
    {
        left.push(error.to_string());
    }
    if !left.is_empty() {
        bail!("not everything is gone:\n{}", left.join("\n"));
    }
    remove_files(&paths, purge)
}

/// Without root nothing of ours can be touched but from inside a user namespace with the same ids, so
/// a holder is started where none lives.
fn enter(paths: &Paths) -> anyhow::Result<Option<Holder>> {
    if geteuid().is_root() {
        return Ok(None);
    }
    let holder = holder::ensure(&paths.holder())?;
    holder.join()?;
    Ok(Some(holder))
}

/// The nodes' common ground is made anew by the next agent; it belongs to the nodes' ids, which
/// nobody outside could remove.
fn remove_files(paths: &Paths, purge: bool) -> anyhow::Result<()> {
    for path in [paths.holder(), paths.socket()] {
        remove_if_there(&path).with_context(|| format!("remove {}", path.display()))?;
    }
    let folder = if purge { paths.runtime() } else { paths.base() };
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", folder.display()))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}
