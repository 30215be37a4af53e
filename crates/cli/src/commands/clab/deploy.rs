//! `clab deploy [-t FILE|DIR|URL]`: a lab of a topology file, started.
//!
//! ```text
//! no lab of this name         import, start
//! of this file, as it is now  start what does not run
//! of this file, otherwise     refused; --reconfigure: stop, import anew, delete the old one, start
//! of another                  refused
//! ```

mod network;

use api::client::Client;
use api::job::JobAct;
use api::lab::{ImportLab, LabDetail, LabSummary, Selection};
use model::access::LabRight;
use model::{Lab, NodeId};

use super::foreign::{self, Foreign};
use super::rows::{self, Columns, Format};
use super::{destroy, origin};
use crate::commands::lab::{asks, missing};
use crate::connect::{Global, connect};
use crate::failure::{Exit, Failure};
use crate::jobs;
use crate::lookup::find_node;
use crate::output::remark;
use crate::reading::{self, Options, Source};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The topology file, its address, or a folder with one *.clab.yml [default: the current folder]
    #[arg(short, long, value_name = "FILE|DIR|URL|-")]
    topo: Option<String>,
    /// Another name for the lab
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Make the lab anew if it is there: nodes lose what they wrote
    #[arg(short = 'c', long)]
    reconfigure: bool,
    /// Start only these nodes
    #[arg(long, value_name = "NODES", value_delimiter = ',')]
    node_filter: Vec<String>,
    /// How the list of nodes is written
    #[arg(short, long, value_enum)]
    format: Option<Format>,
    #[command(flatten)]
    management: network::Management,
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    foreign: Foreign<foreign::Deploy>,
}

pub async fn run(args: Args, global: &Global) -> anyhow::Result<Exit> {
    args.foreign.heed()?;
    let source = Source::find(args.topo.as_deref().unwrap_or("."))?;
    let read = reading::read(&source, &args.options).await?;
    reading::tell(&read.losses, &source.shown());
    let mut lab = read.lab;
    if let Some(name) = &args.name {
        lab.name.clone_from(name);
    }
    args.management.put(&mut lab)?;
    origin::put(&mut lab, &source);
    let selection = selection(&lab, &args.node_filter)?;
    let client = connect(global).await?;
    let Some(lab) = place(&client, lab, args.reconfigure).await? else {
        return Ok(Exit::INTERRUPTED);
    };
    missing::tell(&client, &lab).await?;
    asks::tell(&client, &lab).await?;
    let job = client.act(lab.id, JobAct::Start, &selection).await?;
    let ended = jobs::wait(&client, job, &lab.name).await;
    if let Ok(Some(sentence)) = &ended {
        remark(sentence);
    }
    // How the nodes are is told, also of those that failed.
    let detail = client.lab(lab.id).await?;
    rows::show(&[detail], args.format, global.format(), Columns::default())?;
    Ok(ended?.map_or(Exit::INTERRUPTED, |_| Exit::DONE))
}

/// The numbers that an import gives nodes are the file's, and are kept.
fn selection(lab: &Lab, names: &[String]) -> anyhow::Result<Selection> {
    let find = |name: &String| Ok(find_node(lab, name)?);
    let nodes: Vec<NodeId> = names.iter().map(find).collect::<anyhow::Result<_>>()?;
    Ok(Selection {
        nodes: (!nodes.is_empty()).then_some(nodes),
    })
}

/// The lab on the server; none when the waiting was ended.
async fn place(client: &Client, lab: Lab, anew: bool) -> anyhow::Result<Option<Lab>> {
    let Some(old) = of_this_name(client, &lab).await? else {
        return Ok(Some(import(client, lab).await?));
    };
    if !anew {
        if origin::is_same(&old.lab, &lab) {
            return Ok(Some(old.lab));
        }
        return Err(changed(&lab.name).into());
    }
    if !destroy::stop(client, &old).await? {
        return Ok(None);
    }
    // The old one goes when the new one is there, so that a refusal leaves it.
    let new = import(client, lab).await?;
    client.delete_lab(old.lab.id).await?;
    Ok(Some(new))
}

async fn import(client: &Client, lab: Lab) -> anyhow::Result<Lab> {
    let body = ImportLab { lab, name: None };
    Ok(client.import_lab(&body).await?.lab)
}

/// The lab of one's own that has the name, if it is of the same file.
async fn of_this_name(client: &Client, lab: &Lab) -> anyhow::Result<Option<LabDetail>> {
    let me = client.session().await?.user.username;
    let is_it = |other: &LabSummary| {
        other.name == lab.name && other.owner == me && other.my_right == LabRight::Own
    };
    let mut found = None;
    for summary in client.labs().await?.into_iter().filter(is_it) {
        let detail = client.lab(summary.id).await?;
        if origin::of(&detail.lab).is_none() || origin::of(&detail.lab) != origin::of(lab) {
            return Err(taken(&lab.name, origin::of(&detail.lab)).into());
        }
        found = Some(detail);
    }
    Ok(found)
}

fn taken(name: &str, file: Option<&str>) -> Failure {
    let of = file.map_or_else(
        || "that is of no topology file".into(),
        |file| format!("of {file}"),
    );
    Failure::new(Exit::CANNOT_CREATE, format!("there is a lab {name:?} {of}")).hint(format!(
        "deploy under another name: --name NAME\nor delete that one: nova-ve lab rm {name:?}"
    ))
}

fn changed(name: &str) -> Failure {
    let message = format!("{name} is deployed already, and is not what its file is now");
    Failure::new(Exit::CANNOT_CREATE, message).hint(
        "make it anew, nodes losing what they wrote: --reconfigure\n\
         or change the lab in the browser, where nodes go on running",
    )
}
