//! `token ls`

use api::token::Token;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{answer, table};
use crate::times::moment;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let tokens = connect(global).await?.tokens().await?;
    answer(global.format(), &tokens, |tokens| {
        if tokens.is_empty() {
            return "no tokens; make one: nova-ve token create NAME".into();
        }
        table(
            ["NAME", "MADE", "HOLDS UNTIL", "LAST USED", "ID"],
            tokens.iter().map(row).collect(),
        )
    })?;
    Ok(Exit::DONE)
}

fn row(token: &Token) -> [String; 5] {
    [
        token.name.clone(),
        moment(token.created_ms),
        moment(token.expires_ms),
        token.last_used_ms.map_or_else(|| "never".into(), moment),
        token.id.to_string(),
    ]
}
