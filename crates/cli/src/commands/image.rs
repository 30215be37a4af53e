//! `image …`: images of containers, and the recipes that they are made of.

mod build;
mod recipe;

use clap::Subcommand;

use crate::connect::Global;
use crate::failure::Exit;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an image of Debian's packages, by a recipe; needs no registry
    Build(build::Args),
    /// List the recipes that come with nova-ve, or write one as a folder to change
    Recipe(recipe::Args),
}

impl Command {
    /// Whether `-o` may name a file.
    pub fn makes_a_file(&self) -> bool {
        matches!(self, Self::Build(_) | Self::Recipe(_))
    }
}

pub async fn run(command: Command, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Command::Build(args) => build::run(args, global).await,
        Command::Recipe(args) => recipe::run(&args, global),
    }
}
