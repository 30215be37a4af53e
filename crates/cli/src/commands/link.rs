//! `link cut|heal LAB LINK`: takes a link's carrier away, and gives it back. Nodes go on.

use clap::Subcommand;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::{end_name, find_lab, find_link};
use crate::output::{Format, answer, print};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Cut a link: both ends lose their carrier
    Cut(Which),
    /// Heal a link that was cut
    Heal(Which),
}

#[derive(Debug, clap::Args)]
pub struct Which {
    /// The lab
    lab: String,
    /// The link: its number, one of its ends (r1:eth1), or what it joins (r1-r2)
    link: String,
}

pub async fn run(command: Command, global: &Global) -> anyhow::Result<Exit> {
    let (which, cut) = match command {
        Command::Cut(which) => (which, true),
        Command::Heal(which) => (which, false),
    };
    let client = connect(global).await?;
    let id = find_lab(&client.labs().await?, &which.lab)?.id;
    let lab = client.lab(id).await?.lab;
    let link = find_link(&lab, &which.link)?;
    let edited = if cut {
        client.cut_link(id, link).await?
    } else {
        client.heal_link(id, link).await?
    };
    match global.format() {
        Format::Table => {
            let ends = lab
                .links
                .get(&link)
                .map(|link| link.ends().map(|end| end_name(&lab, end)));
            let ends = ends.map_or_else(String::new, |[a, b]| format!(" ({a} - {b})"));
            print(&format!(
                "link {link}{ends} is {}",
                if cut { "cut" } else { "healed" }
            ));
        }
        Format::Json | Format::Yaml => answer(global.format(), &edited, |_| String::new())?,
    }
    Ok(Exit::DONE)
}
