//! `lab …`: labs as a whole.

mod act;
mod allow;
pub mod asks;
mod convert;
mod drift;
mod export;
mod import;
mod ls;
pub mod missing;
mod restore;
mod rm;
mod share;
mod show;
pub mod tables;

use api::job::JobAct;
use clap::Subcommand;

use crate::connect::Global;
use crate::failure::Exit;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List labs
    Ls(ls::Args),
    /// Show a lab: its nodes, its links and how they stand
    Show(show::Args),
    /// Make a lab from a file: our own JSON, or containerlab's YAML
    Import(import::Args),
    /// Make a file of one format from one of the other; needs no server
    Convert(convert::Args),
    /// Write a lab as a file
    Export(export::Args),
    /// Start a lab
    Start(act::Args),
    /// Stop a lab
    Stop(act::Args),
    /// Stop a lab and start it again
    Restart(act::Args),
    /// Where the host is not as a lab declares; --repair mends it
    Drift(drift::Args),
    /// What of its host a lab reaches for; --all allows it
    Allow(allow::Args),
    /// Write a lab's file again, after it was broken or removed by hand
    Restore(restore::Args),
    /// Say who else may do what in a lab
    Share(share::Args),
    /// Delete labs
    Rm(rm::Args),
}

pub async fn run(command: Command, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Command::Ls(args) => ls::run(&args, global).await,
        Command::Show(args) => show::run(&args, global).await,
        Command::Import(args) => import::run(args, global).await,
        Command::Convert(args) => convert::run(&args, global).await,
        Command::Export(args) => export::run(&args, global).await,
        Command::Start(args) => act::run(&args, JobAct::Start, global).await,
        Command::Stop(args) => act::run(&args, JobAct::Stop, global).await,
        Command::Restart(args) => act::run(&args, JobAct::Restart, global).await,
        Command::Drift(args) => drift::run(&args, global).await,
        Command::Allow(args) => allow::run(&args, global).await,
        Command::Restore(args) => restore::run(&args, global).await,
        Command::Share(args) => share::run(&args, global).await,
        Command::Rm(args) => rm::run(&args, global).await,
    }
}
