//! `lab import FILE`: a lab from our own JSON or from containerlab's YAML, read here, sent as a lab.
//!
//! What the other format says and a lab cannot hold is told as losses, and the rest is imported.

mod read;

use std::path::PathBuf;

use api::client::Client;
use api::job::JobAct;
use api::lab::{ImportLab, LabDetail, Selection};

use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::jobs::{Waiting, finish};
use crate::output::{Format, answer, print, remark};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; `-` is standard input
    #[arg(required_unless_present = "sample")]
    file: Option<PathBuf>,
    /// One of the labs that `nova-ve samples` lists, instead of a file
    #[arg(long, value_name = "NAME", conflicts_with_all = ["file", "as_kind"])]
    sample: Option<String>,
    /// Run containers of another tool as this kind of node, where we know how
    #[arg(long = "as", value_name = "KIND")]
    as_kind: Option<AsKind>,
    /// Another name for the lab
    #[arg(long)]
    name: Option<String>,
    /// Start it
    #[arg(long)]
    start: bool,
    #[command(flatten)]
    waiting: Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum AsKind {
    /// Processes in namespaces of their own; needs neither Docker nor root
    Netns,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let detail = match (&args.file, &args.sample) {
        (Some(file), _) => {
            // Before anything is sent, so that a bad file is told also when no server runs.
            let read = read::lab(file, args.as_kind)?;
            let client = connect(global).await?;
            send(&client, read, args.name.clone()).await?
        }
        (None, Some(sample)) => {
            open_sample(&connect(global).await?, sample, args.name.as_ref()).await?
        }
        (None, None) => unreachable!("clap asks for one of them"),
    };
    match global.output {
        Format::Table => print(&imported(&detail)),
        Format::Json | Format::Yaml => answer(global.output, &detail, |_| String::new())?,
    }
    if !args.start {
        return Ok(Exit::DONE);
    }
    let client = connect(global).await?;
    let lab = &detail.lab;
    let job = client
        .act(lab.id, JobAct::Start, &Selection::default())
        .await?;
    finish(&client, job, &lab.name, args.waiting).await
}

async fn send(
    client: &Client,
    read: read::Read,
    name: Option<String>,
) -> anyhow::Result<LabDetail> {
    for loss in &read.losses {
        remark(&format!("left out: {loss}"));
    }
    let body = ImportLab {
        lab: read.lab,
        name,
    };
    Ok(client.import_lab(&body).await?)
}

async fn open_sample(
    client: &Client,
    sample: &str,
    name: Option<&String>,
) -> anyhow::Result<LabDetail> {
    let detail = client.open_sample(sample).await?;
    let Some(name) = name else {
        return Ok(detail);
    };
    let edit = model::edit::Edit::SetLab {
        name: Some(name.clone()),
        description: None,
    };
    client
        .edit(detail.lab.id, detail.lab.revision, edit)
        .await?;
    Ok(client.lab(detail.lab.id).await?)
}

fn imported(detail: &LabDetail) -> String {
    let lab = &detail.lab;
    format!(
        "{} is imported: {} nodes, {} links, id {}",
        lab.name,
        lab.nodes.len(),
        lab.links.len(),
        lab.id
    )
}
