//! `image import FILE|-`: images of an archive, as `docker save` and `image build -o` write it.

use anyhow::Context;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::images::send;
use crate::upload::stream_of;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The archive; `-` is standard input
    #[arg(value_name = "FILE|-")]
    file: String,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let archive = match args.file.as_str() {
        "-" => stream_of(tokio::io::stdin()),
        path => {
            let file = tokio::fs::File::open(path).await;
            stream_of(file.with_context(|| format!("failed to open {path}"))?)
        }
    };
    let client = connect(global).await?;
    send::send(&client, archive, global).await?;
    Ok(Exit::DONE)
}
