//! `logout`: ends the session at the server and forgets it here.

use api::client::Client;

use crate::connect::Global;
use crate::failure::Exit;
use crate::output::{print, remark};
use crate::secrets::Secrets;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let of_user = Secrets::of_user()?;
    let secrets = if global.data.is_none() && of_user.read()?.is_some() {
        of_user
    } else {
        Secrets::of_folder(&global.folder()?)
    };
    let Some(login) = secrets.read()? else {
        print("you were not logged in");
        return Ok(Exit::DONE);
    };
    if login.is_token() {
        secrets.remove()?;
        print(&format!(
            "the token for {} is forgotten here; it holds on until it ends: nova-ve token rm",
            login.url
        ));
        return Ok(Exit::DONE);
    }
    let ended = match Client::new(&login.url, Some(login.secret)) {
        Ok(client) => client.log_out().await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        remark(&format!("the server could not be told: {error}"));
    }
    secrets.remove()?;
    print(&format!("logged out of {}", login.url));
    Ok(Exit::DONE)
}
