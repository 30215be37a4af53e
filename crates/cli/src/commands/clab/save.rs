//! `clab save`: what nodes run with becomes what they start with; `--copy` also puts it into a folder.

use std::path::{Path, PathBuf};

use anyhow::Context;
use api::client::{Client, ClientError};
use api::lab::LabDetail;
use model::NodeId;
use model::status::NodeState;

use super::foreign::{self, Foreign};
use super::which::Which;
use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::lookup::find_node;
use crate::output::{print, remark};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// Only these nodes
    #[arg(long, value_name = "NODES", value_delimiter = ',')]
    node_filter: Vec<String>,
    /// Write them below this folder, too, as clab-LAB/NODE/FILE
    #[arg(long, value_name = "DIR")]
    copy: Option<PathBuf>,
    #[command(flatten)]
    foreign: Foreign<foreign::Save>,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    args.foreign.heed()?;
    let client = connect(global).await?;
    let detail = args.which.lab(&client).await?;
    let named = !args.node_filter.is_empty();
    let find = |name: &String| Ok(find_node(&detail.lab, name)?);
    let nodes: Vec<NodeId> = if named {
        args.node_filter
            .iter()
            .map(find)
            .collect::<anyhow::Result<_>>()?
    } else {
        running(&detail)
    };
    let (mut saved, mut failed) = (0, 0);
    for node in nodes {
        match save(&client, &detail, node, args.copy.as_deref()).await {
            Ok(()) => saved += 1,
            Err(error) if !named && has_none(&error) => {}
            Err(error) => {
                failed += 1;
                remark(&format!("{}: {error:#}", name_of(&detail, node)));
            }
        }
    }
    if failed > 0 {
        return Err(Failure::new(Exit::FAILED, format!("{failed} nodes were not saved")).into());
    }
    if saved == 0 {
        remark("no node runs that can tell its configuration");
    }
    Ok(Exit::DONE)
}

fn running(detail: &LabDetail) -> Vec<NodeId> {
    let runs = |state: &NodeState| {
        matches!(
            state,
            NodeState::Running { .. } | NodeState::Degraded { .. }
        )
    };
    let nodes = detail.status.nodes.iter();
    nodes
        .filter(|(_, node)| runs(&node.state))
        .map(|(id, _)| *id)
        .collect()
}

fn name_of(detail: &LabDetail, node: NodeId) -> &str {
    detail.lab.nodes.get(&node).map_or("", |node| &node.name)
}

/// A node of a kind whose configuration nobody knows how to fetch.
fn has_none(error: &anyhow::Error) -> bool {
    let client = error.downcast_ref::<ClientError>();
    client.is_some_and(
        |error| matches!(error, ClientError::Api(problem) if problem.code == "no_config"),
    )
}

async fn save(
    client: &Client,
    detail: &LabDetail,
    node: NodeId,
    copy: Option<&Path>,
) -> anyhow::Result<()> {
    let (lab, name) = (&detail.lab, name_of(detail, node));
    let saved = client.save_config(lab.id, node).await?;
    let word = if saved.changed { "saved" } else { "as it was:" };
    print(&format!("{name}: {word} {}", saved.file));
    if let Some(folder) = copy {
        let config = client.config(lab.id, node).await?;
        let path = place(folder, &lab.name, name, &config.file);
        write(&path, &config.running)
            .with_context(|| format!("failed to write {}", path.display()))?;
        print(&format!("{name}: written to {}", path.display()));
    }
    Ok(())
}

/// Names of other people's choosing are one part of a path each.
fn place(folder: &Path, lab: &str, node: &str, file: &str) -> PathBuf {
    let part = |name: &str| match name {
        "." | ".." => "-".to_owned(),
        name => name.replace(['/', '\0'], "-"),
    };
    let file = file.rsplit('/').next().unwrap_or_default();
    folder
        .join(format!("clab-{}", part(lab)))
        .join(part(node))
        .join(part(file))
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_lies_below_its_folder_whatever_things_are_called() {
        let place = |lab, node| place(Path::new("out"), lab, node, "/etc/frr/frr.conf");
        assert_eq!(place("bgp", "r1"), Path::new("out/clab-bgp/r1/frr.conf"));
        for (lab, node) in [("../x", "r1"), ("x", "../../r1"), ("x", "..")] {
            let path = place(lab, node);
            let leads_out = path
                .components()
                .any(|part| part == std::path::Component::ParentDir);
            assert!(!leads_out, "{}", path.display());
        }
    }
}
