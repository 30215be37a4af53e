//! `token create NAME`: the token alone on standard output, so that `$(…)` takes it.

use api::token::CreateToken;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{answer, remark};
use crate::times::moment;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What it is for: backup, ci
    name: String,
    /// How many days it holds
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=365))]
    days: u32,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let made = client
        .create_token(&CreateToken {
            name: args.name,
            expires_in_days: Some(args.days),
        })
        .await?;
    answer(global.format(), &made, |made| made.secret.clone())?;
    remark(&format!(
        "shown this once; it holds until {}; to use it: NOVA_VE_TOKEN, or nova-ve login {} --token-stdin",
        moment(made.token.expires_ms),
        client.url()
    ));
    Ok(Exit::DONE)
}
