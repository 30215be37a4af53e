//! `lab rm LAB…`: asks, and says what is running.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::Context;
use api::lab::LabSummary;

use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::lookup::find_lab;
use crate::output::print;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The labs
    #[arg(required = true, value_name = "LAB")]
    labs: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let labs = client.labs().await?;
    let mut meant = Vec::new();
    for name in &args.labs {
        meant.push(find_lab(&labs, name)?);
    }
    if !args.yes && !agreed(&meant)? {
        print("nothing was deleted");
        return Ok(Exit::FAILED);
    }
    for lab in meant {
        client.delete_lab(lab.id).await?;
        print(&format!("{} is deleted", lab.name));
    }
    Ok(Exit::DONE)
}

fn question(labs: &[&LabSummary]) -> String {
    let list: Vec<String> = labs
        .iter()
        .map(|lab| match lab.running_count {
            0 => format!("  {} ({} nodes, none running)", lab.name, lab.node_count),
            running => format!(
                "  {} ({running} of {} nodes running)",
                lab.name, lab.node_count
            ),
        })
        .collect();
    format!("Delete for good?\n{}\n[y/N] ", list.join("\n"))
}

fn agreed(labs: &[&LabSummary]) -> anyhow::Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(
            Failure::new(Exit::USAGE, "there is no terminal to ask before deleting")
                .hint("say that you mean it: --yes")
                .into(),
        );
    }
    eprint!("{}", question(labs));
    std::io::stderr().flush().context("failed to ask")?;
    let mut answer = String::new();
    stdin
        .lock()
        .read_line(&mut answer)
        .context("failed to read the answer")?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
