//! Ends everything of this instance while no agent runs. Wishes and the nodes' data are kept.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use fabric::Fabric;
use model::names::Names;
use model::seen::NodePhase;
use model::{InstanceId, LabId};
use runtime::{NodeDriver, NodeRef};

use crate::gateway::server;

const GRACE: Duration = Duration::from_secs(5);

/// Everything that is left afterwards, as sentences. `purge`: the nodes' data goes too.
pub async fn run(
    driver: &dyn NodeDriver,
    fabric: &Fabric,
    instance: &InstanceId,
    known: BTreeSet<LabId>,
    purge: bool,
    networks: &Path,
) -> anyhow::Result<Vec<String>> {
    let nodes = driver.observe_all().await?;
    let mut left = stop_all(driver, nodes.keys().copied().collect()).await;
    left.extend(still_running(driver).await?);
    if purge {
        let removals = nodes.keys().map(|node| driver.remove(*node));
        let removed = futures_util::future::join_all(removals).await;
        let failed = removed.into_iter().filter_map(Result::err);
        left.extend(failed.map(|error| error.to_string()));
    }
    left.extend(server::end_all(networks).await);
    let labs: BTreeSet<LabId> = known
        .into_iter()
        .chain(nodes.keys().map(|node| node.lab))
        .collect();
    for lab in labs {
        left.extend(remove_devices(fabric, &Names::new(instance, lab)).await);
    }
    if let Err(error) = fabric.remove_closing().await {
        left.push(error.to_string());
    }
    Ok(left)
}

/// Looked at again, since a stop that says nothing is not yet one that worked.
async fn still_running(driver: &dyn NodeDriver) -> anyhow::Result<Vec<String>> {
    let nodes = driver.observe_all().await?;
    let alive = nodes
        .into_iter()
        .filter(|(_, node)| node.phase != NodePhase::Data);
    Ok(alive
        .map(|(node, _)| format!("node {node} still runs"))
        .collect())
}

/// Stops them side by side; answers what did not end.
pub async fn stop_all(driver: &dyn NodeDriver, nodes: Vec<NodeRef>) -> Vec<String> {
    let stops = nodes
        .into_iter()
        .map(|node| async move { driver.stop(node, GRACE).await });
    let stopped = futures_util::future::join_all(stops).await;
    stopped
        .into_iter()
        .filter_map(Result::err)
        .map(|error| error.to_string())
        .collect()
}

async fn remove_devices(fabric: &Fabric, names: &Names) -> Vec<String> {
    let mut left = Vec::new();
    if let Err(error) = fabric.remove_all_ports(names).await {
        left.push(error.to_string());
    }
    match fabric.observe_lab(names).await {
        Ok(devices) => {
            let bridges: Vec<_> = devices.own_bridges().collect();
            if let Err(error) = fabric.remove_bridges(names, &bridges).await {
                left.push(error.to_string());
            }
            left.extend(devices.foreign.into_iter().map(|name| {
                format!(
                    "{name} is not ours, so it is left alone; delete it by hand if nobody needs it"
                )
            }));
        }
        Err(error) => left.push(error.to_string()),
    }
    left
}
