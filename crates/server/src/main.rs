//! The binary: see `server::commands`.

use std::process::ExitCode;

use clap::Parser;
use server::commands::{Cli, run};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    telemetry::log::init(cli.purpose());
    run(cli).await
}
