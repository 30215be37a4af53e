//! `samples`: the labs that come with nova-ve.

use api::system::Sample;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{answer, table};

#[derive(Debug, clap::Args)]
#[command(after_help = "One of them becomes a lab: nova-ve lab import --sample NAME --start")]
pub struct Args {}

pub async fn run(_args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let samples = connect(global).await?.samples().await?;
    answer(global.format(), &samples, |samples| {
        table(
            ["NAME", "TITLE", "NODES", "TEACHES"],
            samples.iter().map(row).collect(),
        )
    })?;
    Ok(Exit::DONE)
}

fn row(sample: &Sample) -> [String; 4] {
    let first_line = sample.description.lines().next().unwrap_or_default();
    [
        sample.name.clone(),
        sample.title.clone(),
        sample.node_count.to_string(),
        first_line.to_owned(),
    ]
}
