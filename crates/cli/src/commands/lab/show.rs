//! `lab show LAB`

use api::lab::{FileState, LabDetail};

use super::tables::{link_table, node_table};
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::lookup::find_lab;
use crate::output::answer;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The lab
    lab: String,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let id = find_lab(&client.labs().await?, &args.lab)?.id;
    let detail = client.lab(id).await?;
    answer(global.format(), &detail, page)?;
    Ok(Exit::DONE)
}

fn page(detail: &LabDetail) -> String {
    let lab = &detail.lab;
    let mut parts = vec![format!(
        "{}\n  id        {}\n  owner     {}\n  revision  {}",
        lab.name, lab.id, detail.owner, lab.revision
    )];
    match &detail.file {
        FileState::Ok => {}
        FileState::Broken { why } => parts.push(format!(
            "its file was changed into something that is no lab ({why}); the last good one is in force"
        )),
        FileState::Missing => {
            parts.push("its file was removed by hand; the last good one is in force".into());
        }
    }
    parts.extend(
        detail
            .status
            .problems
            .iter()
            .map(|problem| format!("problem: {problem}")),
    );
    if lab.nodes.is_empty() {
        parts.push("no nodes yet; draw some in the browser".into());
    } else {
        parts.push(node_table(lab, &detail.status));
    }
    if !lab.links.is_empty() {
        parts.push(link_table(lab, &detail.status));
    }
    parts.join("\n\n")
}
