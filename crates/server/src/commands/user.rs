//! `nova-ve-server user reset NAME`: a new password for a lost one. Ends the user's sessions.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use store::{By, Store};

use super::seed::PasswordSource;
use crate::auth::{Cost, Passwords};
use crate::config::DataConfig;

#[derive(Debug, Args)]
pub struct User {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Debug, Subcommand)]
enum UserCommand {
    /// Give a user a new password; all sessions of the user end.
    Reset(Reset),
}

#[derive(Debug, Args)]
struct Reset {
    #[command(flatten)]
    data: DataConfig,

    /// The user's name.
    name: String,

    #[command(flatten)]
    password: PasswordSource,
}

pub async fn run(command: User) -> anyhow::Result<ExitCode> {
    let UserCommand::Reset(reset) = command.command;
    let store = Store::open(&reset.data.store()?).await?;
    let user = store.user_named(&reset.name).await?;
    let user = user.with_context(|| format!("there is no user {}", reset.name))?;
    let password = reset.password.read()?;
    let hash = Passwords::new(Cost::Recommended).hash(password).await?;
    store.set_password(By::Machine, user.id, &hash).await?;
    store.close().await;
    writeln!(
        std::io::stdout(),
        "user {} has a new password",
        user.username
    )?;
    Ok(ExitCode::SUCCESS)
}
