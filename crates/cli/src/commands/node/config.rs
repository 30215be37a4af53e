//! `node config LAB/NODE`: what a node starts with, what it runs with, and how they differ.

use crate::commands::node::one::find;
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::NodePath;
use crate::output::answer;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without an option: how the running configuration differs from the startup one."
)]
pub struct Args {
    /// The node
    #[arg(value_name = "LAB/NODE")]
    node: NodePath,
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Which {
    /// The configuration that it runs with
    #[arg(long)]
    running: bool,
    /// The configuration that it starts with
    #[arg(long)]
    startup: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let found = find(&client, &args.node).await?;
    let config = client.config(found.lab.id, found.id).await?;
    answer(global.format(), &config, |config| {
        let text = if args.which.running {
            config.running.clone()
        } else if args.which.startup {
            config.startup.clone().unwrap_or_default()
        } else if config.diff.is_empty() {
            format!("{} runs with what it starts with", found.path())
        } else {
            config.diff.clone()
        };
        text.trim_end().to_owned()
    })?;
    Ok(Exit::DONE)
}
