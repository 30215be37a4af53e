//! `lab import FILE|DIR|URL|-`: a lab from our own JSON or from containerlab's YAML, read here, sent as a lab.
//!
//! What the other format says and a lab cannot hold is told as losses before anything is sent, and the rest is
//! imported; what the lab then wants of its host is told after.

use api::client::Client;
use api::job::JobAct;
use api::lab::{ImportLab, LabDetail, Selection};
use formats::Loss;
use serde::Serialize;

use super::{asks, missing};
use crate::connect::{Global, connect};
use crate::failure::Exit;
use crate::jobs::{Waiting, finish};
use crate::output::{Format, answer, print};
use crate::reading::{self, Options, Source};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file; a folder with one *.clab.yml in it; its address; `-` is standard input
    #[arg(required_unless_present = "sample", value_name = "FILE|DIR|URL|-")]
    file: Option<String>,
    /// One of the labs that `nova-ve samples` lists, instead of a file
    #[arg(long, value_name = "NAME", conflicts_with_all = ["file", "strict", "Options"])]
    sample: Option<String>,
    #[command(flatten)]
    options: Options,
    /// Import nothing when something of the file would be left out
    #[arg(long)]
    strict: bool,
    /// Another name for the lab
    #[arg(long)]
    name: Option<String>,
    /// Start it
    #[arg(long)]
    start: bool,
    #[command(flatten)]
    waiting: Waiting,
}

/// The API's own object, and what was left out of it.
#[derive(Serialize)]
struct Imported<'a> {
    #[serde(flatten)]
    detail: &'a LabDetail,
    losses: &'a [Loss],
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    let (client, detail, losses) = match (&args.file, &args.sample) {
        (Some(file), _) => import(file, &args, global).await?,
        (None, Some(sample)) => {
            let client = connect(global).await?;
            let detail = open_sample(&client, sample, args.name.as_ref()).await?;
            (client, detail, Vec::new())
        }
        (None, None) => unreachable!("clap asks for one of them"),
    };
    match global.format() {
        Format::Table => print(&imported(&detail)),
        Format::Json | Format::Yaml => {
            let (detail, losses) = (&detail, losses.as_slice());
            answer(global.format(), &Imported { detail, losses }, |_| {
                String::new()
            })?;
        }
    }
    let lab = &detail.lab;
    missing::tell(&client, lab).await?;
    asks::tell(&client, lab).await?;
    if !args.start {
        return Ok(Exit::DONE);
    }
    let job = client
        .act(lab.id, JobAct::Start, &Selection::default())
        .await?;
    finish(&client, job, &lab.name, args.waiting).await
}

/// Read before anything is asked of a server, so that a bad file is told also when none runs.
async fn import(
    file: &str,
    args: &Args,
    global: &Global,
) -> anyhow::Result<(Client, LabDetail, Vec<Loss>)> {
    let source = Source::find(file)?;
    let read = reading::read(&source, &args.options).await?;
    reading::tell(&read.losses, &source.shown());
    if args.strict {
        reading::must_be_none(&read.losses)?;
    }
    let client = connect(global).await?;
    let body = ImportLab {
        lab: read.lab,
        name: args.name.clone(),
    };
    let detail = client.import_lab(&body).await?;
    Ok((client, detail, read.losses))
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
