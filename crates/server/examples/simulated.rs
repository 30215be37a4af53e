//! A server with a simulated host, for tools that speak to it from outside: prints its address and
//! the secret of a session, and serves until its standard input ends.
//!
//! Its data lies in a folder of its own that goes with it.

use std::time::Duration;

use agent_api::ControllerId;
use agent_api::sim::{SimAgent, SimOptions};
use anyhow::Context;
use api::client::Client;
use model::InstanceId;
use model::access::Role;
use server::app::{App, Ingredients, Settings};
use server::auth::{Cost, Passwords};
use server::clock::Clock;
use server::{commands, templates};
use store::{By, Config, Labs, NewUser, Store, UserId};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use uuid::Uuid;

const PASSWORD: &str = "a password of the simulation";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let folder = tempfile::TempDir::new()?;
    let app = prepare(folder.path()).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let stopping = app.stopping.clone();
    let serving = tokio::spawn(commands::serve::serve(app, listener));
    let (client, _) = Client::log_in(&url, "admin", PASSWORD).await?;
    let secret = client.secret().context("no session")?;
    println!("{url} {secret}");
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    stopping.cancel();
    serving.await?
}

async fn prepare(folder: &std::path::Path) -> anyhow::Result<App> {
    let config = Config::sqlite(folder.join("nova-ve.db"));
    Store::migrate(&config, 0).await?;
    let store = Store::open(&config).await?;
    let labs = Labs::open(store.clone(), folder.join("labs"), Uuid::new_v4(), 0).await?;
    let controller = ControllerId(store.controller_id(Uuid::new_v4()).await?.to_string());
    let app = App::new(Ingredients {
        config: Settings::of(InstanceId("simulated".into())),
        clock: Clock::System,
        agent: SimAgent::new(SimOptions {
            step: Duration::from_millis(5),
            ..SimOptions::default()
        }),
        store,
        labs,
        controller,
        templates: templates::embedded()?,
        passwords: Passwords::new(Cost::Least),
        epoch: Uuid::new_v4().to_string(),
    });
    let user = NewUser {
        id: UserId(Uuid::new_v4()),
        username: "admin".into(),
        password_hash: app.passwords.hash(PASSWORD.into()).await?,
        role: Role::Admin,
    };
    app.store.create_user(By::Machine, user, 0).await?;
    Ok(app)
}
