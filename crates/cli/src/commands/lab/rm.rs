//! `lab rm LAB…`: asks, and says what is running.

use api::lab::LabSummary;

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::find_lab;
use crate::output::print;
use crate::terminal::agreed;

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
    if !args.yes && !agreed(&question(&meant))? {
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
    format!("Delete for good?\n{}", list.join("\n"))
}
