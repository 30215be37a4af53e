//! `image rm NAME…`: takes names away; an image goes with its last one.

use api::image::RemoveImage;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{print, size};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names, or ids of images without one
    #[arg(required = true)]
    names: Vec<String>,
    /// Also images that labs name; their nodes cannot start without
    #[arg(short, long)]
    force: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    for name in &args.names {
        let which = RemoveImage {
            name: name.clone(),
            anyway: args.force,
        };
        let removed = client.remove_image(&which).await?;
        let freed = match removed.freed_bytes {
            0 => "it has another name".to_owned(),
            bytes => format!("{} freed", size(bytes)),
        };
        print(&format!(
            "{} is removed; {freed}",
            removed.removed.join(", ")
        ));
    }
    Ok(Exit::DONE)
}
