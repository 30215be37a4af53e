//! `clab inspect [-t FILE | --name LAB | -a]`

use super::foreign::{self, Foreign};
use super::rows::{self, Columns, Format};
use super::which::{Which, deployed};
use crate::connect::{Global, connect};
use crate::failure::Exit;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// All labs that `deploy` made
    #[arg(short, long, conflicts_with_all = ["topo", "name"])]
    all: bool,
    /// How the list is written
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    /// Owner, lab and topology too
    #[arg(short, long)]
    wide: bool,
    #[command(flatten)]
    foreign: Foreign<foreign::Inspect>,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    args.foreign.heed()?;
    let client = connect(global).await?;
    let labs = if args.all {
        deployed(&client).await?
    } else {
        vec![args.which.lab(&client).await?]
    };
    let columns = Columns {
        labs: args.all,
        owner: args.wide,
    };
    rows::show(&labs, args.format, global.format(), columns)?;
    Ok(Exit::DONE)
}
