//! `user add NAME`

use api::user::CreateUser;

use super::{RoleWord, role_name};
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::answer;
use crate::terminal::new_password;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The name to log in with
    name: String,
    /// What the user may do
    #[arg(long, value_enum, default_value = "member")]
    role: RoleWord,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let password = new_password(&args.name, args.password_stdin)?;
    let made = client
        .create_user(&CreateUser {
            username: args.name,
            password,
            role: args.role.into(),
        })
        .await?;
    answer(global.format(), &made, |made| {
        let user = &made.user;
        format!(
            "{} is made, as {}; to log in: nova-ve login {} --user {}",
            user.username,
            role_name(user.role),
            client.url(),
            user.username
        )
    })?;
    Ok(Exit::DONE)
}
