//! `user rm NAME`: asks, and says whose the labs are afterwards.

use api::user::RemoveUser;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::output::print;
use crate::terminal::agreed;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The user
    name: String,
    /// Who owns the user's labs from then on [default: you]
    #[arg(long, value_name = "USER")]
    labs_to: Option<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let user = client.user(&args.name).await?;
    let (name, labs) = (&user.user.username, user.lab_count);
    let heir = args.labs_to.as_deref().unwrap_or("you");
    let question = match labs {
        0 => format!("Remove {name}, who owns no lab?"),
        1 => format!("Remove {name}? 1 lab goes to {heir}."),
        many => format!("Remove {name}? {many} labs go to {heir}."),
    };
    if !args.yes && !agreed(&question)? {
        print("nobody was removed");
        return Ok(Exit::FAILED);
    }
    let query = RemoveUser {
        labs_to: args.labs_to.clone(),
    };
    client.delete_user(name, &query).await?;
    print(&match labs {
        0 => format!("{name} is removed"),
        1 => format!("{name} is removed; 1 lab went to {heir}"),
        many => format!("{name} is removed; {many} labs went to {heir}"),
    });
    Ok(Exit::DONE)
}
