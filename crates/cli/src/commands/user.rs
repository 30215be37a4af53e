//! `user …`: who may log in. For administrators, but for one's own password.

mod add;
mod ls;
mod passwd;
mod rm;
mod role;

use clap::Subcommand;
use model::access::Role;

use crate::connect::Global;
use crate::failure::Exit;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a user
    Add(add::Args),
    /// List users
    Ls(ls::Args),
    /// Set a password: your own, or another user's as an administrator
    Passwd(passwd::Args),
    /// Make a user an administrator, or a member again
    Role(role::Args),
    /// Remove a user; the labs get another owner
    Rm(rm::Args),
}

/// A role on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RoleWord {
    /// May do everything, in every lab
    Admin,
    /// Has labs of his own, and those that are shared with him
    Member,
}

impl From<RoleWord> for Role {
    fn from(word: RoleWord) -> Self {
        match word {
            RoleWord::Admin => Self::Admin,
            RoleWord::Member => Self::Member,
        }
    }
}

pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Admin => "administrator",
        Role::Member => "member",
    }
}

pub async fn run(command: Command, global: &Global) -> anyhow::Result<Exit> {
    match command {
        Command::Add(args) => add::run(args, global).await,
        Command::Ls(args) => ls::run(&args, global).await,
        Command::Passwd(args) => passwd::run(&args, global).await,
        Command::Role(args) => role::run(&args, global).await,
        Command::Rm(args) => rm::run(args, global).await,
    }
}
