//! The binary: see `server::commands`.

use std::process::ExitCode;

use clap::Parser;
use server::commands::{Cli, run};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| {
        if error.use_stderr() {
            telemetry::service::status(error.to_string().lines().next().unwrap_or_default());
        }
        error.exit()
    });
    telemetry::log::init(cli.purpose());
    run(cli).await
}
