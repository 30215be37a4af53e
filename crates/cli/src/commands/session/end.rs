//! `session end ID…`, `session end --others`, `session end --user NAME`

use api::session::OpenSession;

use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::output::print;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Sessions, by the beginning of their ids
    #[arg(value_name = "ID", required_unless_present_any = ["others", "user"])]
    ids: Vec<String>,
    /// All of yours but this one
    #[arg(long, conflicts_with = "ids")]
    others: bool,
    /// All of another user, as an administrator; tokens stay
    #[arg(long, value_name = "NAME", conflicts_with_all = ["ids", "others"])]
    user: Option<String>,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    if let Some(user) = &args.user {
        client.end_sessions_of(user).await?;
        print(&format!("all sessions of {user} have ended"));
        return Ok(Exit::DONE);
    }
    let sessions = client.sessions().await?;
    let meant: Vec<&OpenSession> = if args.others {
        sessions.iter().filter(|session| !session.current).collect()
    } else {
        let found = args.ids.iter().map(|text| find(&sessions, text));
        found.collect::<Result<_, _>>()?
    };
    for session in &meant {
        client.end_session(session.id).await?;
    }
    print(&match meant.len() {
        1 => "1 session has ended".into(),
        count => format!("{count} sessions have ended"),
    });
    Ok(Exit::DONE)
}

fn find<'a>(sessions: &'a [OpenSession], text: &str) -> Result<&'a OpenSession, Failure> {
    let text = text.to_lowercase();
    let begins = |session: &&OpenSession| session.id.to_string().starts_with(&text);
    let found: Vec<&OpenSession> = sessions.iter().filter(begins).collect();
    let wrong =
        |exit, message| Failure::new(exit, message).hint("those you have: nova-ve session ls");
    match found[..] {
        [one] => Ok(one),
        [] => Err(wrong(
            Exit::NOT_FOUND,
            format!("you have no session {text}"),
        )),
        _ => Err(wrong(
            Exit::USAGE,
            format!("{text} may be several sessions"),
        )),
    }
}
