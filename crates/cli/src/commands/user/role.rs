//! `user role NAME ROLE`: the user's sessions and tokens end with it.

use super::{RoleWord, role_name};
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::print;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The user
    name: String,
    /// What the user may do from now on
    #[arg(value_enum)]
    role: RoleWord,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let role = args.role.into();
    client.set_role(&args.name, role).await?;
    print(&format!(
        "{} is {} now, and has to log in again",
        args.name,
        role_name(role)
    ));
    Ok(Exit::DONE)
}
