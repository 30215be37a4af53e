//! `node ls LAB`

use crate::commands::lab::tables::node_table;
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::find_lab;
use crate::output::answer;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lab
    lab: String,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let id = find_lab(&client.labs().await?, &args.lab)?.id;
    let detail = client.lab(id).await?;
    answer(global.format(), &detail.status.nodes, |_| {
        node_table(&detail.lab, &detail.status)
    })?;
    Ok(Exit::DONE)
}
