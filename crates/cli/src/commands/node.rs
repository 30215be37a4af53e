//! `node …`: acts on single nodes, each written LAB/NODE.

mod act;
mod config;
mod logs;
mod ls;
pub mod one;
mod save;

use clap::Subcommand;

use crate::connect::Global;
use crate::failure::Exit;
use api::job::JobAct;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the nodes of a lab
    Ls(ls::Args),
    /// Start nodes
    Start(act::Args),
    /// Stop nodes
    Stop(act::Args),
    /// Stop nodes and start them again
    Restart(act::Args),
    /// Forget what stopped nodes have written: they start afresh
    Wipe(act::Args),
    /// Show how a node's running configuration differs from the one it starts with
    Config(config::Args),
    /// Make what nodes run with what they start with
    Save(save::Args),
    /// Show what a node and its processes say
    Logs(logs::Args),
}

pub async fn run(command: Command, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Command::Ls(args) => ls::run(&args, global).await,
        Command::Start(args) => act::run(&args, JobAct::Start, global).await,
        Command::Stop(args) => act::run(&args, JobAct::Stop, global).await,
        Command::Restart(args) => act::run(&args, JobAct::Restart, global).await,
        Command::Wipe(args) => act::run(&args, JobAct::Wipe, global).await,
        Command::Config(args) => config::run(&args, global).await,
        Command::Save(args) => save::run(&args, global).await,
        Command::Logs(args) => logs::run(args, global).await,
    }
}
