//! `nova-ve-server import-state FILE`: what `export-state` wrote, into an empty database. Either all
//! of it or nothing.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use store::Store;

use crate::config::DataConfig;

#[derive(Debug, Args)]
pub struct ImportState {
    #[command(flatten)]
    data: DataConfig,

    /// What `export-state` wrote; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub async fn run(command: ImportState) -> anyhow::Result<ExitCode> {
    let store = Store::open(&command.data.store()?).await?;
    let mut input = open(&command.file)?;
    let rows = store.import_state(&mut *input).await?;
    store.close().await;
    writeln!(
        std::io::stdout(),
        "{rows} rows are imported; everybody logs in again"
    )?;
    Ok(ExitCode::SUCCESS)
}

fn open(file: &Path) -> anyhow::Result<Box<dyn BufRead + Send>> {
    if file == Path::new("-") {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let opened = File::open(file).with_context(|| format!("failed to read {}", file.display()))?;
    Ok(Box::new(BufReader::new(opened)))
}
