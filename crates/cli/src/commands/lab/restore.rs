//! `lab restore LAB`: the last good lab, which is still in force, is written over its broken or missing file.

use api::lab::FileState;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::find_lab;
use crate::output::print;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lab
    lab: String,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let labs = client.labs().await?;
    let lab = find_lab(&labs, &args.lab)?;
    if lab.file == FileState::Ok {
        print(&format!("the file of {} is in order", lab.name));
        return Ok(Exit::DONE);
    }
    let detail = client.restore_lab(lab.id).await?;
    print(&format!(
        "the file of {} is written again, as of revision {}",
        detail.lab.name, detail.lab.revision
    ));
    Ok(Exit::DONE)
}
