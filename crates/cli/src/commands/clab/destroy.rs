//! `clab destroy [-t FILE | --name LAB | -a]`: stops labs and deletes them.
//!
//! Only those that `deploy` made, for those have their file. What was changed in them since (by hand, by `save`) is
//! nowhere else, so that is asked for first.

use api::client::Client;
use api::job::JobAct;
use api::lab::{LabDetail, Selection};

use super::foreign::{self, Foreign};
use super::origin;
use super::which::{Which, deployed};
use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::jobs;
use crate::output::print;
use crate::terminal::agreed;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// All labs of yours that `deploy` made
    #[arg(short, long, conflicts_with_all = ["topo", "name"])]
    all: bool,
    /// What was changed in the lab since it was deployed may go, too
    #[arg(short, long)]
    cleanup: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    foreign: Foreign<foreign::Destroy>,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    args.foreign.heed()?;
    let client = connect(global).await?;
    let labs = meant(args, &client).await?;
    if let Some(question) = question(args, &labs)
        && !agreed(&question)?
    {
        print("nothing was destroyed");
        return Ok(Exit::FAILED);
    }
    for detail in &labs {
        if !remove(&client, detail).await? {
            return Ok(Exit::INTERRUPTED);
        }
        print(&format!("{} is destroyed", detail.lab.name));
    }
    Ok(Exit::DONE)
}

async fn meant(args: &Args, client: &Client) -> anyhow::Result<Vec<LabDetail>> {
    if args.all {
        let mut labs = deployed(client).await?;
        let me = client.session().await?.user.username;
        labs.retain(|detail| detail.owner == me);
        return Ok(labs);
    }
    let detail = args.which.lab(client).await?;
    if origin::of(&detail.lab).is_none() {
        let name = &detail.lab.name;
        let message = format!("{name} was not made by `clab deploy`, and may be nowhere else");
        return Err(Failure::new(Exit::USAGE, message)
            .hint(format!("delete it for good: nova-ve lab rm {name:?}"))
            .into());
    }
    Ok(vec![detail])
}

/// None when nothing is lost that is not in a topology file.
fn question(args: &Args, labs: &[LabDetail]) -> Option<String> {
    if args.yes || labs.is_empty() {
        return None;
    }
    let line = |detail: &LabDetail| {
        let changed = if is_changed(detail) {
            ", changed since it was deployed"
        } else {
            ""
        };
        format!(
            "  {} ({} nodes{changed})",
            detail.lab.name,
            detail.lab.nodes.len()
        )
    };
    let asked = labs
        .iter()
        .filter(|detail| args.all || (is_changed(detail) && !args.cleanup));
    let lines: Vec<String> = asked.map(line).collect();
    (!lines.is_empty()).then(|| format!("Destroy with all that is in it?\n{}", lines.join("\n")))
}

/// An import is a lab's first revision.
fn is_changed(detail: &LabDetail) -> bool {
    detail.lab.revision > model::Revision(0)
}

/// Stops it and deletes it; whether somebody waited for the end.
pub async fn remove(client: &Client, detail: &LabDetail) -> anyhow::Result<bool> {
    let lab = &detail.lab;
    if stop(client, detail).await? {
        client.delete_lab(lab.id).await?;
        return Ok(true);
    }
    Ok(false)
}

pub async fn stop(client: &Client, detail: &LabDetail) -> anyhow::Result<bool> {
    let lab = &detail.lab;
    let job = client
        .act(lab.id, JobAct::Stop, &Selection::default())
        .await?;
    Ok(jobs::wait(client, job, &lab.name).await?.is_some())
}
