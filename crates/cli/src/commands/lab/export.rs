//! `lab export LAB [FILE]`

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;

use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::lookup::find_lab;
use crate::output::{print, remark};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lab
    lab: String,
    /// The file to write [default: standard output]
    file: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(short, long)]
    force: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let labs = client.labs().await?;
    let lab = find_lab(&labs, &args.lab)?;
    let text = client.export_lab(lab.id).await?;
    let Some(path) = &args.file else {
        print(text.trim_end());
        return Ok(Exit::DONE);
    };
    write(path, &text, args.force)?;
    remark(&format!("{} is written to {}", lab.name, path.display()));
    Ok(Exit::DONE)
}

fn write(path: &std::path::Path, text: &str, force: bool) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let mut file = match options.open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let message = format!("{} is there already", path.display());
            return Err(Failure::new(Exit::CANNOT_CREATE, message)
                .hint("replace it with --force, or name another file")
                .into());
        }
        opened => opened.with_context(|| format!("failed to write {}", path.display()))?,
    };
    file.write_all(text.as_bytes())
        .with_context(|| format!("failed to write {}", path.display()))
}
