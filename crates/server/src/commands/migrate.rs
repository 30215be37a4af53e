//! `nova-ve-server migrate [--check]`.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;
use store::Store;

use crate::clock::Clock;
use crate::config::DataConfig;

#[derive(Debug, Args)]
pub struct Migrate {
    #[command(flatten)]
    data: DataConfig,

    /// Change nothing; say whether the schema is at head (exit status 0) or not (1).
    #[arg(long)]
    check: bool,
}

pub async fn run(command: Migrate) -> anyhow::Result<ExitCode> {
    let config = command.data.store()?;
    let schema = if command.check {
        Store::migrate_check(&config).await?
    } else {
        Store::migrate(&config, Clock::System.now_ms()).await?
    };
    writeln!(
        std::io::stdout(),
        "current {} head {}",
        schema.current,
        schema.head
    )?;
    Ok(if schema.is_head() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
