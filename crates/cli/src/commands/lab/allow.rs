//! `lab allow LAB [--all|--nothing]`: what of its host a lab reaches for, and what of it is allowed.

use api::ask::AskRow;
use model::reach::Ask;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::find_lab;
use crate::output::{answer, table};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without an option: lists what the lab asks for. The host's own administrator must \
                  allow it as well, in agent.toml."
)]
pub struct Args {
    /// The lab
    lab: String,
    #[command(flatten)]
    what: What,
}

#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct What {
    /// Allow all that it asks for now; for administrators
    #[arg(long)]
    all: bool,
    /// Allow nothing any more; nodes that run go on until they are started again
    #[arg(long)]
    nothing: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let lab = find_lab(&client.labs().await?, &args.lab)?.id;
    let mut asks = client.asks(lab).await?;
    if args.what.all {
        let all = asks.iter().map(|ask| Ask::new(ask.reach, &ask.what));
        asks = client.allow(lab, all.collect()).await?;
    } else if args.what.nothing {
        asks = client.allow(lab, Vec::new()).await?;
    }
    answer(global.format(), &asks, |asks| page(asks))?;
    Ok(Exit::DONE)
}

fn page(asks: &[AskRow]) -> String {
    if asks.is_empty() {
        return "the lab asks for nothing of its host".into();
    }
    let row = |ask: &AskRow| {
        let who = if ask.who.is_empty() {
            "nothing any more"
        } else {
            &ask.who
        };
        let allowed = if ask.allowed { "yes" } else { "no" };
        [who.to_owned(), ask.words.clone(), allowed.to_owned()]
    };
    table(
        ["WHO", "ASKS FOR", "ALLOWED"],
        asks.iter().map(row).collect(),
    )
}
