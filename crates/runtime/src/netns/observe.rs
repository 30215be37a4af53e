//! What nodes there are and how they do: what is kept of them, the rest read from folders, processes
//! and supervisors.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use model::LabId;
use model::names::LabHash;
use model::seen::NodePhase;
use model::status::{NodeState, Usage};

use super::acts::Answer;
use super::driver::Driver;
use super::folder::{Data, NodeFolder, Record};
use super::kept::List;
use super::protocol::Status;
use super::{acts, client, process, watch};
use crate::driver::{DriverError, DriverEvent, NodeObserved, NodeRef};

pub async fn observe(
    driver: &Driver,
    lab: Option<LabId>,
) -> Result<BTreeMap<NodeRef, NodeObserved>, DriverError> {
    let list = list(driver).await?;
    let of_lab = list.iter();
    let mut wanted: Vec<&(NodeRef, Data)> = of_lab
        .filter(|(node, _)| lab.is_none_or(|lab| node.lab == lab))
        .collect();
    let watched = driver.busy().watched.clone();
    let (mut seen, aged) = {
        let mut kept = driver.kept();
        (kept.holding(&wanted, &watched), kept.take_aged(&wanted))
    };
    ask_again(driver, aged);
    wanted.retain(|(node, _)| !seen.contains_key(node));
    let looking = wanted
        .into_iter()
        .map(async |(node, data)| (*node, look(driver, *node, data).await));
    seen.extend(join_all(looking).await);
    Ok(seen)
}

/// Beside the look, which has their last word already. One that does not answer is looked at.
fn ask_again(driver: &Driver, aged: Vec<NodeRef>) {
    if aged.is_empty() {
        return;
    }
    let driver = driver.clone();
    tokio::spawn(async move {
        let asking = aged.into_iter().map(async |node| {
            let begun = driver.kept().begin(node);
            if let Ok(status) = client::status(&driver.folder(node)).await {
                driver.kept().take_status(node, status, begun);
            } else {
                driver.kept().forget(node);
                watch::tell(&driver, DriverEvent::Changed(node));
            }
        });
        join_all(asking).await;
    });
}

/// Whose folders there are.
async fn list(driver: &Driver) -> Result<List, DriverError> {
    let (known, number) = driver.kept().list();
    if let Some(known) = known {
        return Ok(known);
    }
    let config = driver.config.clone();
    let read = move || {
        Driver::folders(&config)
            .iter()
            .filter_map(owner)
            .collect::<List>()
    };
    let nodes = tokio::task::spawn_blocking(read).await;
    let nodes = nodes.map_err(|error| DriverError::failed("read the nodes' folders", error))?;
    driver.kept().keep_list(&nodes, number);
    Ok(nodes)
}

async fn look(driver: &Driver, node: NodeRef, data: &Data) -> NodeObserved {
    let begun = driver.kept().begin(node);
    let observed = observed(driver, node, data).await;
    // A supervisor that does not answer is asked again in every look.
    let is_silent =
        observed.phase != NodePhase::Data && matches!(observed.state, NodeState::Failed { .. });
    if !is_silent {
        driver.kept().keep(node, &observed, begun);
    }
    observed
}

pub async fn node(driver: &Driver, node: NodeRef) -> Option<NodeObserved> {
    let data = driver.folder(node).read_data()?;
    Some(look(driver, node, &data).await)
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
        state,
        since_ms: folder.changed_ms(),
        life: 0,
        processes: Vec::new(),
        consoles: Vec::new(),
        usage: Usage::default(),
    }
}

fn running(folder: &NodeFolder, data: &Data, record: Record) -> NodeObserved {
    NodeObserved {
        phase: NodePhase::Running,
        life: process::life(&record),
        start: record.start,
        fingerprint: record.fingerprint,
        ..at_rest(folder, data, NodeState::Stopped)
    }
}

fn answering(mut running: NodeObserved, status: Status) -> NodeObserved {
    take_in(&mut running, status);
    running
}

/// What the supervisor of a node that lives says of it.
pub(super) fn take_in(observed: &mut NodeObserved, status: Status) {
    observed.phase = if status.released {
        NodePhase::Running
    } else {
        NodePhase::Held
    };
    observed.state = status.state;
    observed.since_ms = status.since_ms;
    observed.processes = status.processes;
    observed.consoles = status.consoles;
    observed.usage = status.usage;
}
