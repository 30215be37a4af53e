//! `token …`: bearer tokens for scripts. They are made in a session: a token makes no other.

mod create;
mod ls;
mod rm;

use clap::Subcommand;

use crate::connect::Global;
use crate::failure::Exit;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a token; it is shown this once
    Create(create::Args),
    /// List your tokens
    Ls(ls::Args),
    /// End tokens
    Rm(rm::Args),
}

pub async fn run(command: Command, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Command::Create(args) => create::run(args, global).await,
        Command::Ls(args) => ls::run(&args, global).await,
        Command::Rm(args) => rm::run(&args, global).await,
    }
}
