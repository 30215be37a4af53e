//! `session …`: where one is logged in.

mod end;
mod ls;

use clap::Subcommand;

use crate::connect::Global;
use crate::failure::Exit;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List your sessions
    Ls(ls::Args),
    /// End sessions: what they have open closes at once
    End(end::Args),
}

pub async fn run(command: Command, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Command::Ls(args) => ls::run(&args, global).await,
        Command::End(args) => end::run(&args, global).await,
    }
}
