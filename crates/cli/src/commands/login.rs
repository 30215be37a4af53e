//! `login [URL]`: keeps a session for the commands that follow.

use api::client::Client;

use crate::connect::{Global, Target, token_of_environment};
use crate::failure::Exit;
use crate::output::print;
use crate::secrets::{Login, Secrets};
use crate::terminal::{ask_secret, read_secret};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The server [default: the embedded one on this host]
    url: Option<String>,
    /// User [default: admin]
    #[arg(short, long)]
    user: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Use a token instead of name and password, read from standard input; or set `NOVA_VE_TOKEN`
    #[arg(long, conflicts_with_all = ["user", "password_stdin"])]
    token_stdin: bool,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let (url, secrets) = place(&args, global)?;
    // An address where nobody answers is told before a password is asked for.
    Client::new(&url, None)?.health().await?;
    let token = match token_of_environment() {
        _ if args.token_stdin => Some(read_secret()?),
        // A name that is given means a password.
        found if !args.password_stdin && args.user.is_none() => found,
        Some(_) | None => None,
    };
    let login = match token {
        Some(token) => with_token(&url, token).await?,
        None => with_password(&args, &url).await?,
    };
    secrets.write(&login)?;
    print(&format!("logged in at {url} as {}", login.username));
    Ok(Exit::DONE)
}

/// Kept only when the server takes it.
async fn with_token(url: &str, token: String) -> anyhow::Result<Login> {
    let client = Client::new(url, Some(token.trim().to_owned()))?;
    let session = client.session().await?;
    Ok(kept(&client, session.user.username))
}

async fn with_password(args: &Args, url: &str) -> anyhow::Result<Login> {
    let user = args.user.as_deref().unwrap_or("admin");
    let password = if args.password_stdin {
        read_secret()?
    } else {
        ask_secret(&format!("password of {user} at {url}: "))?
    };
    let (client, session) = Client::log_in(url, user, &password).await?;
    Ok(kept(&client, session.user.username))
}

fn kept(client: &Client, username: String) -> Login {
    Login {
        url: client.url().to_owned(),
        username,
        secret: client.secret().unwrap_or_default().to_owned(),
    }
}

/// A server that is named is remembered for the user, the embedded one in its own folder.
fn place(args: &Args, global: &Global) -> anyhow::Result<(String, Secrets)> {
    if let Some(url) = args.url.as_ref().or(global.url.as_ref()) {
        let url = url.trim_end_matches('/').to_owned();
        return Ok((url, Secrets::of_user()?));
    }
    let folder = global.folder()?;
    let record =
        crate::embedded::UpRecord::read(&folder).ok_or_else(|| Target::nothing_runs(&folder))?;
    Ok((record.url, Secrets::of_folder(&folder)))
}
