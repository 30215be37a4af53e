//! `down`: stops server and agent of this host's embedded nova-ve; `--nodes`: and everything else.

use std::time::Duration;

use api::client::Client;
use api::job::JobAct;
use api::lab::Selection;

use super::up::{running_nodes, words};
use crate::connect::{Global, connect_embedded};
use crate::embedded::{self, DataFolder, Keeper, ProcessId, UpRecord};
use crate::failure::{Exit, Failure};
use crate::jobs::{Waiting, finish};
use crate::output::{print, remark};

/// The keeper gives server and agent 15 s each.
const PATIENCE: Duration = Duration::from_secs(40);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stop all nodes too, and leave no process, namespace or socket
    #[arg(long)]
    nodes: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let folder = global.folder()?;
    let record = UpRecord::read(&folder);
    if record.is_none() && !args.nodes {
        print(&format!("no nova-ve runs in {}", folder.path().display()));
        return Ok(Exit::DONE);
    }
    let mut left = None;
    if let Some(record) = &record {
        if args.nodes {
            stop_nodes(&folder, record).await;
        } else {
            left = running_nodes(&folder, &record.url).await;
        }
        end(&folder, record)?;
    }
    if !args.nodes {
        print(&words::stopped(left));
        return Ok(Exit::DONE);
    }
    if folder.is_inhabited() {
        embedded::sweep(&folder)?;
    }
    print("Stopped. Nothing is left running.");
    Ok(Exit::DONE)
}

/// In good order, so that they stay stopped at the next start. What fails here is ended by the sweep.
async fn stop_nodes(folder: &DataFolder, record: &UpRecord) {
    let stopped = async {
        let client = connect_embedded(folder, &record.url).await?;
        stop_labs(&client).await
    };
    if let Err(error) = stopped.await {
        remark(&format!(
            "nodes could not be stopped in good order ({error:#}); they are ended"
        ));
    }
}

async fn stop_labs(client: &Client) -> anyhow::Result<()> {
    let agent = client.health().await?;
    if agent.status != "ok" {
        return Err(Failure::new(Exit::UNAVAILABLE, format!("agent {}", agent.agent)).into());
    }
    for lab in client.labs().await? {
        // Also where nothing runs now: a node may be on its way, or be wished.
        let job = client
            .act(lab.id, JobAct::Stop, &Selection::default())
            .await?;
        if job.total > 0 {
            finish(client, job, &lab.name, Waiting::default()).await?;
        }
    }
    Ok(())
}

fn end(folder: &DataFolder, record: &UpRecord) -> anyhow::Result<()> {
    record.keeper.end(PATIENCE);
    for process in record.orphans() {
        process.end(PATIENCE);
    }
    let alive: Vec<ProcessId> = record
        .server
        .into_iter()
        .chain(record.agent)
        .filter(|process| process.is_alive())
        .collect();
    if let Some(process) = alive.first() {
        return Err(Failure::new(Exit::OS, format!("process {} does not end", process.pid)).into());
    }
    // A keeper that had to be killed leaves its record; one that came meanwhile has its own.
    if Keeper::lock(folder)?.is_some() {
        UpRecord::remove(folder);
    }
    Ok(())
}
