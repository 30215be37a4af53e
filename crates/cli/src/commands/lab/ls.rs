//! `lab ls`

use super::tables::lab_table;
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::answer;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let labs = connect(global).await?.labs().await?;
    answer(global.format(), &labs, |labs| {
        if labs.is_empty() {
            return "no labs yet; begin with one: nova-ve lab import --sample ospf-triangle".into();
        }
        lab_table(labs)
    })?;
    Ok(Exit::DONE)
}
