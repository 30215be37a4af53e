//! The commands of `nova-ve-server`.

pub mod autostart;
mod config_example;
mod export_state;
mod import_state;
mod migrate;
mod openapi;
mod seed;
pub mod serve;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use telemetry::log::Purpose;

/// Users, labs and decisions of nova-ve: the HTTP API and the web client.
#[derive(Debug, Parser)]
#[command(name = "nova-ve-server", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C.
    Serve(Box<crate::config::ServeConfig>),
    /// Bring the database to the schema of this program.
    Migrate(migrate::Migrate),
    /// Write everything that the database holds, for another database.
    ExportState(export_state::ExportState),
    /// Read what `export-state` wrote into an empty database.
    ImportState(import_state::ImportState),
    /// Make the first administrator, unless there is one of that name.
    Seed(seed::Seed),
    /// Users, from the host.
    User(user::User),
    /// Print the `OpenAPI` document.
    Openapi,
    /// Print an environment file with every setting.
    ConfigExample(config_example::ConfigExample),
}

impl Cli {
    pub fn purpose(&self) -> Purpose {
        match &self.command {
            Command::Serve(_) => Purpose::Service,
            Command::Migrate(_)
            | Command::ExportState(_)
            | Command::ImportState(_)
            | Command::Seed(_)
            | Command::User(_)
            | Command::Openapi
            | Command::ConfigExample(_) => Purpose::Command,
        }
    }
}

/// Runs the command; failures are printed for people.
pub async fn run(cli: Cli) -> ExitCode {
    let outcome = match cli.command {
        Command::Serve(config) => serve::run(*config).await,
        Command::Migrate(migrate) => migrate::run(migrate).await,
        Command::ExportState(export) => export_state::run(export).await,
        Command::ImportState(import) => import_state::run(import).await,
        Command::Seed(seed) => seed::run(seed).await,
        Command::User(user) => user::run(user).await,
        Command::Openapi => openapi::run(),
        Command::ConfigExample(example) => config_example::run(&example),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("nova-ve-server: {error:#}");
            telemetry::service::status(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
