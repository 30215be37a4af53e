//! `image prune`: says what would go, asks, and removes it.

use api::image::PruneImages;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{print, size};
use crate::terminal::agreed;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Also images with names that no lab and no container uses
    #[arg(short, long)]
    all: bool,
    /// Say what would go, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let which = |dry_run| PruneImages {
        all: args.all,
        dry_run,
    };
    let would = client.prune_images(&which(true)).await?;
    if would.removed.is_empty() {
        print("nothing is to be removed");
        return Ok(Exit::DONE);
    }
    let (names, bytes) = (would.removed.join("\n"), size(would.freed_bytes));
    if args.dry_run {
        print(&format!(
            "{names}\nwould be removed, {bytes} at the most freed"
        ));
        return Ok(Exit::DONE);
    }
    if !args.yes
        && !agreed(&format!(
            "{names}\nRemove these? {bytes} at the most are freed."
        ))?
    {
        print("nothing was removed");
        return Ok(Exit::FAILED);
    }
    let removed = client.prune_images(&which(false)).await?;
    print(&format!(
        "{} removed, {} freed",
        removed.removed.len(),
        size(removed.freed_bytes)
    ));
    Ok(Exit::DONE)
}
