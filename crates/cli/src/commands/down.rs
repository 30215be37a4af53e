//! `down`: stops server and agent of this host's embedded nova-ve; `--nodes`: and everything else.

use std::time::Duration;

use anyhow::Context;
use api::client::Client;
use api::job::JobAct;
use api::lab::Selection;

use super::up::{running_nodes, words};
use crate::connect::{Global, connect_administrator};
use crate::embedded::{self, DataFolder, Keeper, ProcessId, UpRecord};
use crate::failure::{Exit, Failure};
use crate::jobs::{Waiting, finish};
use crate::output::{print, remark};
use crate::terminal::agreed;

/// The keeper gives server and agent 15 s each.
const PATIENCE: Duration = Duration::from_secs(40);

/// A node that does not stop in this time is ended by the sweep.
const NODES_PATIENCE: Duration = Duration::from_mins(2);

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stop all nodes too, and leave no process, namespace or socket
    #[arg(long)]
    nodes: bool,
    /// Delete the data folder as well, with all labs in it; implies --nodes
    #[arg(long)]
    purge: bool,
    /// Do not ask before deleting
    #[arg(short, long, requires = "purge")]
    yes: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let folder = global.folder()?;
    if folder.is_inhabited() {
        folder.refuse_foreign()?;
    }
    let sweeps = args.nodes || args.purge;
    if sweeps && let Some(lost) = folder.lost_identity() {
        return Err(lost.into());
    }
    if sweeps && folder.is_inhabited() {
        // What would be swept cannot even be looked at without a lock and a socket in the folder.
        folder.require_writable()?;
    }
    if args.purge && !args.yes && folder.is_inhabited() && !agreed(&question(&folder))? {
        print("nothing was stopped or deleted");
        return Ok(Exit::FAILED);
    }
    let record = UpRecord::read(&folder);
    if !sweeps {
        return stop(&folder, record.as_ref()).await;
    }
    if let Some(record) = &record {
        if stop_nodes(&folder, record).await == Exit::INTERRUPTED {
            return Ok(Exit::INTERRUPTED);
        }
        end(&folder, record)?;
    }
    if folder.is_inhabited() {
        embedded::sweep(&folder, args.purge)?;
    }
    print(&last_word(args, &folder)?);
    Ok(Exit::DONE)
}

/// Deletes the folder where that is asked for.
fn last_word(args: &Args, folder: &DataFolder) -> anyhow::Result<String> {
    if !args.purge {
        return Ok("Stopped. Nothing is left running.".into());
    }
    let deleted = purge(folder)?;
    let path = folder.path().display();
    Ok(if deleted {
        format!("Stopped. Nothing is left; {path} is deleted.")
    } else {
        format!("no nova-ve has lived in {path}; nothing is deleted")
    })
}

/// Server and agent alone.
async fn stop(folder: &DataFolder, record: Option<&UpRecord>) -> anyhow::Result<Exit> {
    let Some(record) = record else {
        print(&format!("no nova-ve runs in {}", folder.path().display()));
        return Ok(Exit::DONE);
    };
    let left = running_nodes(folder, &record.url).await;
    end(folder, record)?;
    print(&words::stopped(left));
    Ok(Exit::DONE)
}

fn question(folder: &DataFolder) -> String {
    let labs = std::fs::read_dir(folder.file("labs"))
        .into_iter()
        .flatten()
        .flatten();
    let count = labs
        .filter(|entry| entry.path().extension().is_some_and(|e| e == "json"))
        .count();
    format!(
        "Stop everything and delete {} for good, with {count} lab(s), all users and what nodes have written?",
        folder.path().display()
    )
}

/// Whether it was deleted: only a folder in which a nova-ve has lived; somebody's other files are never
/// touched.
fn purge(folder: &DataFolder) -> anyhow::Result<bool> {
    if !folder.is_inhabited() {
        return Ok(false);
    }
    std::fs::remove_dir_all(folder.path())
        .with_context(|| format!("failed to delete {}", folder.path().display()))?;
    Ok(true)
}

/// In good order, so that they stay stopped at the next start. What fails here is ended by the sweep.
async fn stop_nodes(folder: &DataFolder, record: &UpRecord) -> Exit {
    let stopped = async {
        let client = connect_administrator(folder, &record.url).await?;
        stop_labs(&client).await
    };
    let why = match tokio::time::timeout(NODES_PATIENCE, stopped).await {
        Ok(Ok(exit)) => return exit,
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => "it takes too long".into(),
    };
    remark(&format!(
        "nodes could not be stopped in good order ({why}); they are ended"
    ));
    Exit::DONE
}

async fn stop_labs(client: &Client) -> anyhow::Result<Exit> {
    let health = client.health().await?;
    if health.status != "ok" {
        return Err(Failure::new(Exit::UNAVAILABLE, format!("agent: {}", health.agent)).into());
    }
    for lab in client.labs().await? {
        if lab.node_count == 0 {
            continue;
        }
        // Also where nothing runs now: a node may be on its way, or be wished.
        let job = client
            .act(lab.id, JobAct::Stop, &Selection::default())
            .await?;
        let exit = finish(client, job, &lab.name, Waiting::default()).await?;
        if exit == Exit::INTERRUPTED {
            return Ok(exit);
        }
    }
    Ok(Exit::DONE)
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
    // Everything has ended by now, so a folder that cannot be written is no failure.
    if matches!(Keeper::lock(folder), Ok(Some(_))) {
        UpRecord::remove(folder);
    }
    Ok(())
}
