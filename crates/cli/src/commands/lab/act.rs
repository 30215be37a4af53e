//! `lab start|stop|restart LAB`

use api::job::JobAct;
use api::lab::Selection;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::jobs::{Waiting, finish};
use crate::lookup::find_lab;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lab
    lab: String,
    #[command(flatten)]
    waiting: Waiting,
}

pub async fn run(args: &Args, act: JobAct, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let labs = client.labs().await?;
    let lab = find_lab(&labs, &args.lab)?;
    let job = client.act(lab.id, act, &Selection::default()).await?;
    finish(&client, job, &lab.name, args.waiting).await
}
