//! `token rm NAME…`

use api::token::Token;

use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The tokens, by name or id
    #[arg(required = true, value_name = "TOKEN")]
    tokens: Vec<String>,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let tokens = client.tokens().await?;
    let meant: Vec<&Token> = args
        .tokens
        .iter()
        .map(|text| find(&tokens, text))
        .collect::<Result<_, _>>()?;
    for token in meant {
        client.delete_token(token.id).await?;
        print(&format!("{} has ended", token.name));
    }
    Ok(Exit::DONE)
}

fn find<'a>(tokens: &'a [Token], text: &str) -> Result<&'a Token, Failure> {
    let found = tokens
        .iter()
        .find(|token| token.name == text || token.id.to_string() == text.to_lowercase());
    found.ok_or_else(|| {
        let message = format!("you have no token {text:?}");
        Failure::new(Exit::NOT_FOUND, message).hint("those you have: nova-ve token ls")
    })
}
