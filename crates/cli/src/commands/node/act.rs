//! `node start|stop|restart|wipe LAB/NODE…`

use std::collections::BTreeMap;

use api::job::JobAct;
use api::lab::Selection;
use model::{LabId, NodeId};

use super::one::find;
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::jobs::{Waiting, finish};
use crate::lookup::NodePath;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The nodes
    #[arg(required = true, value_name = "LAB/NODE")]
    nodes: Vec<NodePath>,
    #[command(flatten)]
    waiting: Waiting,
}

/// The nodes of one lab go into one job.
pub async fn run(args: &Args, act: JobAct, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let mut labs: BTreeMap<LabId, (String, Vec<NodeId>)> = BTreeMap::new();
    for path in &args.nodes {
        let found = find(&client, path).await?;
        let lab = labs
            .entry(found.lab.id)
            .or_insert_with(|| (found.lab.name.clone(), Vec::new()));
        lab.1.push(found.id);
    }
    for (lab, (name, nodes)) in labs {
        let selection = Selection { nodes: Some(nodes) };
        let job = client.act(lab, act, &selection).await?;
        let exit = finish(&client, job, &name, args.waiting).await?;
        if exit != Exit::DONE {
            return Ok(exit);
        }
    }
    Ok(Exit::DONE)
}
