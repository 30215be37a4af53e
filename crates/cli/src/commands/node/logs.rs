//! `node logs LAB/NODE`: what its supervisor or one of its processes says.

use anyhow::Context;
use api::node::ReadLogs;
use futures_util::StreamExt;

use super::one::find;
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::NodePath;
use crate::terminal;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The node
    #[arg(value_name = "LAB/NODE")]
    node: NodePath,
    /// One of its processes [default: its supervisor, which tells what it started and how that ended]
    #[arg(short, long, value_name = "NAME")]
    process: Option<String>,
    /// Go on with what comes, until Ctrl-C
    #[arg(short, long)]
    follow: bool,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let found = find(&client, &args.node).await?;
    let query = ReadLogs {
        process: args.process,
        follow: args.follow,
    };
    let mut bytes = client.logs(found.lab.id, found.id, &query).await?;
    while let Some(chunk) = bytes.next().await {
        terminal::show(&chunk?).context("failed to write the log")?;
    }
    Ok(Exit::DONE)
}
