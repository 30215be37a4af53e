//! `clab exec --cmd COMMAND`: commands in all nodes of a lab, or in those with a label.
//!
//! Nodes are asked at once, the commands of each one after the other.

use std::collections::BTreeMap;

use api::client::Client;
use api::lab::LabDetail;
use api::node::Exec;
use futures_util::StreamExt;
use model::{Lab, Node, NodeId};
use serde::Serialize;

use super::foreign::{self, Foreign};
use super::rows::kind_of;
use super::which::Which;
use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::output::{Format as Answer, answer, print, remark};

const AT_ONCE: usize = 16;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    which: Which,
    /// A command, split as a shell splits it; several are run in order
    #[arg(long, value_name = "COMMAND", required = true)]
    cmd: Vec<String>,
    /// Only nodes with this label; clab-node-name and clab-node-kind are labels, too
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',')]
    label: Vec<String>,
    /// How the results are written
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    foreign: Foreign<foreign::Exec>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Plain,
    Json,
}

/// In containerlab's words.
#[derive(Debug, Serialize)]
struct Ran {
    cmd: Vec<String>,
    #[serde(rename = "return-code")]
    return_code: i32,
    stdout: String,
    stderr: String,
}

pub async fn run(args: &Args, global: &Global) -> anyhow::Result<Exit> {
    args.foreign.heed()?;
    let commands = args.cmd.iter().map(|line| split(line));
    let commands: Vec<Vec<String>> = commands.collect::<Result<_, _>>()?;
    let client = connect(global).await?;
    let detail = args.which.lab(&client).await?;
    let nodes = chosen(&detail.lab, &args.label);
    if nodes.is_empty() {
        let message = format!("no node of {} has all these labels", detail.lab.name);
        return Err(Failure::new(Exit::NOT_FOUND, message).into());
    }
    let (results, failed) = run_all(&client, &detail, nodes, &commands).await;
    let is_json = args.format == Some(Format::Json)
        || (args.format.is_none() && global.format() != Answer::Table);
    if is_json {
        let format = match global.format() {
            Answer::Yaml => Answer::Yaml,
            Answer::Table | Answer::Json => Answer::Json,
        };
        answer(format, &results, |_| String::new())?;
    } else {
        for (name, ran) in &results {
            tell(name, ran);
        }
    }
    let bad = results.values().flatten().any(|ran| ran.return_code != 0);
    Ok(if failed || bad {
        Exit::FAILED
    } else {
        Exit::DONE
    })
}

fn split(line: &str) -> Result<Vec<String>, Failure> {
    let argv = shlex::split(line).filter(|argv| !argv.is_empty());
    argv.ok_or_else(|| {
        let message = format!("--cmd {line:?} is no command");
        Failure::new(Exit::USAGE, message).hint("give a program, and close every quote")
    })
}

fn chosen(lab: &Lab, labels: &[String]) -> Vec<NodeId> {
    let has = |node: &Node| labels.iter().all(|label| has_label(lab, node, label));
    let nodes = lab.nodes.iter().filter(|(_, node)| has(node));
    nodes.map(|(id, _)| *id).collect()
}

/// Of the node's own, or one of those that containerlab gives.
fn has_label(lab: &Lab, node: &Node, label: &str) -> bool {
    let (name, wanted) = match label.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (label, None),
    };
    let kind = kind_of(node).0;
    let value = match name {
        "containerlab" => Some(lab.name.as_str()),
        "clab-node-name" => Some(node.name.as_str()),
        "clab-node-kind" => Some(kind.as_str()),
        _ => node.labels.get(name).map(String::as_str),
    };
    value.is_some_and(|value| wanted.is_none_or(|wanted| wanted == value))
}

/// By node; and whether one could not be asked.
async fn run_all(
    client: &Client,
    detail: &LabDetail,
    nodes: Vec<NodeId>,
    commands: &[Vec<String>],
) -> (BTreeMap<String, Vec<Ran>>, bool) {
    let lab = &detail.lab;
    let each = nodes.into_iter().map(|node| async move {
        let name = lab.nodes.get(&node).map_or("", |node| node.name.as_str());
        (name.to_owned(), run_in(client, lab, node, commands).await)
    });
    let mut all = futures_util::stream::iter(each).buffered(AT_ONCE);
    let (mut results, mut failed) = (BTreeMap::new(), false);
    while let Some((name, (ran, refusal))) = all.next().await {
        if let Some(error) = refusal {
            failed = true;
            remark(&format!("{name}: {error}"));
        }
        if !ran.is_empty() {
            results.insert(name, ran);
        }
    }
    (results, failed)
}

async fn run_in(
    client: &Client,
    lab: &Lab,
    node: NodeId,
    commands: &[Vec<String>],
) -> (Vec<Ran>, Option<api::client::ClientError>) {
    let mut all = Vec::new();
    for argv in commands {
        let body = Exec {
            argv: argv.clone(),
            env: BTreeMap::new(),
            stdin: String::new(),
        };
        match client.exec(lab.id, node, &body).await {
            Ok(result) => all.push(Ran {
                cmd: argv.clone(),
                return_code: result.status,
                stdout: result.stdout,
                stderr: result.stderr,
            }),
            Err(error) => return (all, Some(error)),
        }
    }
    (all, None)
}

fn tell(name: &str, ran: &[Ran]) {
    for one in ran {
        let status = match one.return_code {
            0 => String::new(),
            status => format!(" (status {status})"),
        };
        print(&format!("{name}: {}{status}", one.cmd.join(" ")));
        for text in [&one.stdout, &one.stderr] {
            if !text.is_empty() {
                print(text.trim_end_matches('\n'));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::*;
    use crate::commands::clab::rows::tests::detail;

    #[test]
    fn nodes_are_chosen_by_labels() {
        let mut lab = detail().lab;
        let first = *lab.nodes.keys().next().unwrap();
        lab.nodes
            .get_mut(&first)
            .unwrap()
            .labels
            .insert("role".into(), "core".into());
        let count = |labels: &[&str]| {
            let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
            chosen(&lab, &labels).len()
        };
        assert_eq!(count(&[]), 3);
        assert_eq!(count(&["role=core"]), 1);
        assert_eq!(count(&["role"]), 1);
        assert_eq!(count(&["role=edge"]), 0);
        assert_eq!(count(&["clab-node-kind=linux"]), 2);
        assert_eq!(
            count(&[
                "clab-node-kind=linux",
                "clab-node-name=r1",
                "containerlab=t"
            ]),
            1
        );
    }

    #[test]
    fn a_command_is_split_as_a_shell_splits_it() {
        let argv = split("vtysh -c 'show ip route'").unwrap();
        assert_eq!(argv, ["vtysh", "-c", "show ip route"]);
        assert!(split("echo 'x").is_err() && split("").is_err());
    }
}
