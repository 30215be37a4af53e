//! What nodes there are and how they do: read from folders, processes and supervisors, every time.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use model::LabId;
use model::names::LabHash;
use model::seen::NodePhase;
use model::status::{NodeState, Usage};

use super::acts::Answer;
use super::driver::Driver;
use super::folder::{Data, NodeFolder, Record};
use super::protocol::Status;
use super::{acts, process, watch};
use crate::driver::{DriverError, NodeObserved, NodeRef};

pub async fn observe(
    driver: &Driver,
    lab: Option<LabId>,
) -> Result<BTreeMap<NodeRef, NodeObserved>, DriverError> {
    let config = driver.config.clone();
    let read = move || {
        Driver::folders(&config)
            .iter()
            .filter_map(owner)
            .collect::<Vec<_>>()
    };
    let nodes = tokio::task::spawn_blocking(read).await;
    let nodes = nodes.map_err(|error| DriverError::failed("read the nodes' folders", error))?;
    let wanted = nodes
        .into_iter()
        .filter(|(node, _)| lab.is_none_or(|lab| node.lab == lab));
    let seen =
        join_all(wanted.map(async |(node, data)| (node, observed(driver, node, &data).await)))
            .await;
    Ok(seen.into_iter().collect())
}

pub async fn node(driver: &Driver, node: NodeRef) -> Option<NodeObserved> {
    let data = driver.folder(node).read_data()?;
    Some(observed(driver, node, &data).await)
}

/// Whose folder it is: the hash by its name, the rest by what it holds.
fn owner(folder: &NodeFolder) -> Option<(NodeRef, Data)> {
    let name = folder.path.file_name()?.to_str()?;
    let hash: LabHash = name.split_once('-')?.0.parse().ok()?;
    let data = folder.read_data()?;
    Some((
        NodeRef {
            lab: data.lab,
            hash,
            node: data.node,
        },
        data,
    ))
}

async fn observed(driver: &Driver, node: NodeRef, data: &Data) -> NodeObserved {
    let folder = driver.folder(node);
    if driver.busy().making.contains(&node) {
        let step = "making its namespaces".into();
        return at_rest(&folder, data, NodeState::Starting { step });
    }
    let Some(record) = folder.record() else {
        return at_rest(&folder, data, NodeState::Stopped);
    };
    match acts::answer(&folder).await {
        Answer::Status(status) => {
            watch::watch(driver, node);
            answering(running(&folder, data, record), *status)
        }
        Answer::Silence(why) => {
            let why = format!("its supervisor does not answer: {why}; restart the node");
            let state = NodeState::Failed { why };
            NodeObserved {
                state,
                ..running(&folder, data, record)
            }
        }
        Answer::Gone => at_rest(&folder, data, end_of(&folder, &record)),
    }
}

/// Why nothing runs any more although there is a record of it.
fn end_of(folder: &NodeFolder, record: &Record) -> NodeState {
    let asked = folder.record().is_none();
    // The host was booted anew: nothing unexpected.
    if asked || record.boot != process::boot_id() {
        return NodeState::Stopped;
    }
    let why = format!("its supervisor (process {}) ended unexpectedly", record.pid);
    NodeState::Failed { why }
}

fn at_rest(folder: &NodeFolder, data: &Data, state: NodeState) -> NodeObserved {
    NodeObserved {
        phase: NodePhase::Data,
        start: 0,
        wipe: data.wipe,
        fingerprint: String::new(),
        spec: None,
        state,
        since_ms: folder.changed_ms(),
        processes: Vec::new(),
        consoles: Vec::new(),
        usage: Usage::default(),
    }
}

fn running(folder: &NodeFolder, data: &Data, record: Record) -> NodeObserved {
    NodeObserved {
        phase: NodePhase::Running,
        start: record.start,
        fingerprint: record.fingerprint,
        spec: Some(record.spec),
        ..at_rest(folder, data, NodeState::Stopped)
    }
}

fn answering(running: NodeObserved, status: Status) -> NodeObserved {
    let phase = if status.released {
        NodePhase::Running
    } else {
        NodePhase::Held
    };
    NodeObserved {
        phase,
        state: status.state,
        since_ms: status.since_ms,
        processes: status.processes,
        consoles: status.consoles,
        usage: status.usage,
        ..running
    }
}
