//! `image …`: images of containers, and the recipes that they are made of.

mod build;
mod import;
mod ls;
mod prune;
mod pull;
mod recipe;
mod rm;

use clap::Subcommand;

use crate::connect::Global;
use crate::failure::Exit;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make an image of Debian's packages, by a recipe; needs no registry
    Build(build::Args),
    /// Take the images of an archive, as docker save writes it
    Import(import::Args),
    /// List the images of the host, and who uses them
    Ls(ls::Args),
    /// Remove images that nobody uses
    Prune(prune::Args),
    /// Bring an image from its registry
    Pull(pull::Args),
    /// List the recipes that come with nova-ve, or write one as a folder to change
    Recipe(recipe::Args),
    /// Remove an image by its name
    Rm(rm::Args),
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
        Command::Import(args) => import::run(&args, global).await,
        Command::Ls(args) => ls::run(&args, global).await,
        Command::Prune(args) => prune::run(&args, global).await,
        Command::Pull(args) => pull::run(&args, global).await,
        Command::Rm(args) => rm::run(&args, global).await,
        Command::Recipe(args) => recipe::run(&args, global),
    }
}
