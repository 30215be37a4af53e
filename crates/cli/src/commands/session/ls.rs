//! `session ls`

use api::session::OpenSession;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::{answer, table};
use crate::times::moment;

#[derive(Debug, clap::Args)]
pub struct Args {}

pub async fn run(_args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let sessions = connect(global).await?.sessions().await?;
    answer(global.format(), &sessions, |sessions| {
        table(
            ["ID", "FROM", "WITH", "BEGUN", "LAST SEEN", ""],
            sessions.iter().map(row).collect(),
        )
    })?;
    Ok(Exit::DONE)
}

fn row(session: &OpenSession) -> [String; 6] {
    [
        session.id.to_string(),
        session.address.clone(),
        shortened(&session.user_agent),
        moment(session.created_ms),
        moment(session.last_seen_ms),
        if session.current { "this one" } else { "" }.into(),
    ]
}

/// Browsers say much; the end of it is what tells them apart.
fn shortened(agent: &str) -> String {
    const MOST: usize = 40;
    let letters: Vec<char> = agent.chars().collect();
    if letters.len() <= MOST {
        return agent.into();
    }
    let end: String = letters[letters.len() - MOST + 1..].iter().collect();
    format!("…{end}")
}
