//! `lab share LAB [USER --view|--operate|--edit|--remove]`: who else may do what in a lab.

use api::client::Client;
use api::lab::LabSummary;
use api::share::Share;
use model::access::Right;

use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::lookup::find_lab;
use crate::output::{answer, print, table};
use crate::times::moment;

#[derive(Debug, clap::Args)]
#[command(after_help = "Without a user: lists with whom the lab is shared.")]
pub struct Args {
    /// The lab
    lab: String,
    /// Whom to share it with
    user: Option<String>,
    #[command(flatten)]
    what: What,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false, requires = "user")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags as a person types them, of which one is given"
)]
struct What {
    /// See the lab and how it runs
    #[arg(long)]
    view: bool,
    /// And start and stop, open consoles, cut links
    #[arg(long)]
    operate: bool,
    /// And change it
    #[arg(long)]
    edit: bool,
    /// Nothing any more
    #[arg(long)]
    remove: bool,
}

impl What {
    fn right(&self) -> Option<Right> {
        match self {
            Self { edit: true, .. } => Some(Right::Edit),
            Self { operate: true, .. } => Some(Right::Operate),
            Self { view: true, .. } => Some(Right::View),
            Self { .. } => None,
        }
    }
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let labs = client.labs().await?;
    let lab = find_lab(&labs, &args.lab)?;
    let Some(user) = &args.user else {
        return list(&client, lab, global).await;
    };
    if args.what.remove {
        client.unshare_lab(lab.id, user).await?;
        print(&format!("{} is no longer shared with {user}", lab.name));
        return Ok(Exit::DONE);
    }
    let Some(right) = args.what.right() else {
        let message = format!("what may {user} do in {}?", lab.name);
        return Err(Failure::new(Exit::USAGE, message)
            .hint("say --view, --operate or --edit; --remove takes it away")
            .into());
    };
    let share = client.share_lab(lab.id, user, right).await?;
    answer(global.format(), &share, |share| {
        let name = &share.user.username;
        let right = share.right.word();
        format!("{} is shared with {name}, who may {right}", lab.name)
    })?;
    Ok(Exit::DONE)
}

async fn list(client: &Client, lab: &LabSummary, global: &Global) -> anyhow::Result<Exit> {
    let shares = client.shares(lab.id).await?;
    answer(global.format(), &shares, |shares| {
        if shares.is_empty() {
            return format!(
                "{} is {}'s alone; to share it: nova-ve lab share LAB USER --view",
                lab.name, lab.owner
            );
        }
        table(["USER", "MAY", "SINCE"], shares.iter().map(row).collect())
    })?;
    Ok(Exit::DONE)
}

fn row(share: &Share) -> [String; 3] {
    [
        share.user.username.clone(),
        share.right.word().into(),
        moment(share.since_ms),
    ]
}
