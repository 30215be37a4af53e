//! `user passwd [NAME]`: ends all sessions and tokens of the user. Of one's own, this command line's session
//! is begun anew.

use api::client::Client;
use api::user::SetPassword;

use crate::connect::{Global, connect, keep_session};
use crate::failure::Exit;
use crate::output::print;
use crate::terminal::{ask_secret, new_password, read_secret};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The user [default: you]
    name: Option<String>,
    /// Read it from standard input; for your own two lines: the one you have, then the new one
    #[arg(long)]
    password_stdin: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let me = client.session().await?.user.username;
    match &args.name {
        // As the server compares them: without regard to case, in every alphabet.
        Some(name) if name.to_lowercase() != me.to_lowercase() => {
            let password = new_password(name, args.password_stdin)?;
            let body = SetPassword {
                password,
                current_password: None,
            };
            client.set_password(name, &body).await?;
            print(&format!(
                "the password of {name} is changed, and {name} has to log in again"
            ));
        }
        Some(_) | None => {
            own(&client, &me, args.password_stdin, global).await?;
            print("your password is changed; your other sessions and your tokens have ended");
        }
    }
    Ok(Exit::DONE)
}

async fn own(client: &Client, me: &str, from_stdin: bool, global: &Global) -> anyhow::Result<()> {
    let current = if from_stdin {
        read_secret()?
    } else {
        ask_secret(&format!("password of {me} now: "))?
    };
    let password = new_password(me, from_stdin)?;
    let body = SetPassword {
        password: password.clone(),
        current_password: Some(current.clone()),
    };
    client.set_password(me, &body).await?;
    let (client, session) = Client::log_in(client.url(), me, &password).await?;
    keep_session(global, &client, &session.user.username, &current)
}
