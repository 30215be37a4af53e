//! `node save LAB[/NODE]…`: what nodes run with becomes what they start with.

use api::client::ClientError;
use model::NodeId;
use model::status::NodeState;

use crate::commands::node::one::find;
use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::lookup::{NodePath, find_lab};
use crate::output::{print, remark};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Nodes, or labs: of those every running node that can tell its configuration
    #[arg(value_name = "LAB[/NODE]", required = true)]
    what: Vec<String>,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    let client = connect(global).await?;
    let mut failed = 0;
    for what in &args.what {
        let (lab, nodes, named) = if let Ok(path) = what.parse::<NodePath>() {
            let found = find(&client, &path).await?;
            (found.lab, vec![found.id], true)
        } else {
            let id = find_lab(&client.labs().await?, what)?.id;
            let detail = client.lab(id).await?;
            let nodes = running(&detail);
            (detail.lab, nodes, false)
        };
        for node in nodes {
            let name = lab.nodes.get(&node).map_or("", |node| &node.name);
            let name = format!("{}/{name}", lab.name);
            match client.save_config(lab.id, node).await {
                Ok(saved) if saved.changed => print(&format!("{name}: saved {}", saved.file)),
                Ok(saved) => print(&format!("{name}: {} is as it was", saved.file)),
                Err(ClientError::Api(problem)) if !named && problem.code == "no_config" => {}
                Err(error) => {
                    failed += 1;
                    remark(&format!("{name}: {error}"));
                }
            }
        }
    }
    if failed > 0 {
        let message = format!("{failed} nodes were not saved");
        return Err(Failure::new(Exit::FAILED, message).into());
    }
    Ok(Exit::DONE)
}

fn running(detail: &api::lab::LabDetail) -> Vec<NodeId> {
    let nodes = detail.status.nodes.iter();
    let running = nodes.filter(|(_, node)| {
        matches!(
            node.state,
            NodeState::Running { .. } | NodeState::Degraded { .. }
        )
    });
    running.map(|(id, _)| *id).collect()
}
