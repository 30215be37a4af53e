//! `nova-ve-server seed`: the first administrator. Safe to run again.

use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use model::access::Role;
use model::words::is_username;
use secrecy::SecretString;
use store::{By, NewUser, Store, UserId};
use uuid::Uuid;

use crate::auth::{Passwords, USERNAME_RULE};
use crate::clock::Clock;
use crate::config::DataConfig;

#[derive(Debug, Args)]
pub struct Seed {
    #[command(flatten)]
    data: DataConfig,

    /// Bring the database to the schema of this program first, as `migrate` does.
    #[arg(long)]
    migrate: bool,

    /// The administrator's name.
    #[arg(long, env = "NOVA_VE_ADMIN_USERNAME", default_value = "admin")]
    username: String,

    #[command(flatten)]
    password: PasswordSource,
}

/// Where a password comes from; without any of them it is generated and printed.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct PasswordSource {
    /// The password's file; a generated one is written there (0600) when there is none.
    #[arg(long, value_name = "PATH")]
    password_file: Option<PathBuf>,

    /// Read the password from standard input.
    #[arg(long)]
    password_stdin: bool,

    /// The password.
    #[arg(
        long,
        env = "NOVA_VE_ADMIN_PASSWORD",
        hide = true,
        hide_env_values = true
    )]
    password: Option<String>,
}

pub async fn run(command: Seed) -> anyhow::Result<ExitCode> {
    let config = command.data.store()?;
    if command.migrate {
        Store::migrate(&config, Clock::System.now_ms()).await?;
    }
    let store = Store::open(&config).await?;
    let username = command.username;
    if store.user_named(&username).await?.is_some() {
        writeln!(
            std::io::stdout(),
            "user {username} exists already, nothing to do"
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::ensure!(
        is_username(&username),
        "the user name {username:?} is not possible: a user's name {USERNAME_RULE}"
    );
    let password = command.password.read()?;
    let user = NewUser {
        id: UserId(Uuid::new_v4()),
        username: username.clone(),
        password_hash: Passwords::new(crate::auth::Cost::Recommended)
            .hash(password)
            .await?,
        role: Role::Admin,
    };
    store
        .create_user(By::Machine, user, Clock::System.now_ms())
        .await?;
    store.close().await;
    writeln!(std::io::stdout(), "user {username} is made")?;
    Ok(ExitCode::SUCCESS)
}

impl PasswordSource {
    /// The password; a generated one is told where a person finds it.
    pub fn read(&self) -> anyhow::Result<SecretString> {
        if self.password_stdin {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            return not_empty(&text);
        }
        match (&self.password_file, &self.password) {
            (Some(path), _) => read_or_generate(path),
            (None, Some(password)) if !password.is_empty() => not_empty(password),
            (None, _) => {
                let password = generate()?;
                writeln!(std::io::stdout(), "password: {password}")?;
                Ok(password.into())
            }
        }
    }
}

fn read_or_generate(path: &Path) -> anyhow::Result<SecretString> {
    match std::fs::read_to_string(path) {
        Ok(text) => not_empty(&text).with_context(|| format!("in {}", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let password = generate()?;
            let mut options = std::fs::OpenOptions::new();
            let opened = options.write(true).create_new(true).mode(0o600).open(path);
            let mut file = opened.with_context(|| format!("failed to write {}", path.display()))?;
            writeln!(file, "{password}")?;
            writeln!(std::io::stdout(), "the password is in {}", path.display())?;
            Ok(password.into())
        }
        Err(error) => Err(error).with_context(|| format!("failed to read {}", path.display())),
    }
}

fn not_empty(text: &str) -> anyhow::Result<SecretString> {
    let password = text.trim_end_matches(['\r', '\n']);
    anyhow::ensure!(!password.is_empty(), "the password is empty");
    Ok(password.into())
}

/// 80 bits in letters and digits that are not mistaken for each other.
fn generate() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).context("no random numbers")?;
    let letters = bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    Ok(letters.collect())
}
