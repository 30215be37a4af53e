//! `nova-ve-server export-state FILE`: everything that SQL holds, for another database.
//!
//! The file holds password hashes and the hashes of tokens, so it is its owner's alone. It stands
//! under its name only when it is whole.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use store::Store;

use crate::clock::Clock;
use crate::config::DataConfig;

#[derive(Debug, Args)]
pub struct ExportState {
    #[command(flatten)]
    data: DataConfig,

    /// Where to; - is standard output. Keep it secret: there are password hashes in it.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub async fn run(command: ExportState) -> anyhow::Result<ExitCode> {
    let store = Store::open(&command.data.store()?).await?;
    let file = command.file;
    let rows = if file.as_os_str() == "-" {
        let mut out = BufWriter::new(std::io::stdout());
        store.export_state(&mut out, Clock::System.now_ms()).await?
    } else {
        export_to(&store, &file).await?
    };
    store.close().await;
    writeln!(
        std::io::stderr(),
        "{rows} rows are exported; keep the file secret, there are password hashes in it"
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn export_to(store: &Store, file: &Path) -> anyhow::Result<u64> {
    let half = HalfWritten::create(file)?;
    let mut out = BufWriter::new(half.file.try_clone()?);
    let rows = store.export_state(&mut out, Clock::System.now_ms()).await?;
    drop(out);
    half.put_in_place(file)?;
    Ok(rows)
}

/// A file under another name; it goes away unless it is put in its place.
struct HalfWritten {
    file: File,
    path: PathBuf,
}

impl HalfWritten {
    fn create(beside: &Path) -> anyhow::Result<Self> {
        let name = beside.file_name().context("the file has no name")?;
        let half = format!(".{}.{}.tmp", name.to_string_lossy(), std::process::id());
        let path = beside.with_file_name(half);
        let mut options = OpenOptions::new();
        let opened = options.write(true).create_new(true).mode(0o600).open(&path);
        let file = opened.with_context(|| format!("failed to write {}", path.display()))?;
        Ok(Self { file, path })
    }

    fn put_in_place(self, place: &Path) -> anyhow::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, place)
            .with_context(|| format!("failed to write {}", place.display()))?;
        let folder = place.parent().filter(|folder| *folder != Path::new(""));
        let folder = File::open(folder.unwrap_or(Path::new(".")))?;
        folder.sync_all().context("failed to sync the folder")
    }
}

impl Drop for HalfWritten {
    fn drop(&mut self) {
        // Gone already when it was put in its place.
        let _ = std::fs::remove_file(&self.path);
    }
}
