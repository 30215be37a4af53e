//! Which labs a verb means: of a topology file, by name, or all that `clab deploy` made.

use api::client::Client;
use api::lab::{LabDetail, LabSummary};
use futures_util::{StreamExt, TryStreamExt};

use super::origin;
use crate::failure::{Exit, Failure};
use crate::lookup::find_lab;
use crate::reading::Source;

/// Labs that are looked at at once.
const AT_ONCE: usize = 8;

#[derive(Debug, clap::Args)]
pub struct Which {
    /// The topology file, or a folder with one *.clab.yml [default: the current folder]
    #[arg(short, long, value_name = "FILE|DIR|URL")]
    pub topo: Option<String>,
    /// The lab's name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
}

impl Which {
    /// The one lab that is meant.
    pub async fn lab(&self, client: &Client) -> anyhow::Result<LabDetail> {
        let labs = client.labs().await?;
        let Some(name) = &self.name else {
            return self.of_file(client, labs).await;
        };
        if self.topo.is_some() {
            let named = labs.into_iter().filter(|lab| lab.name == *name);
            return self.of_file(client, named.collect()).await;
        }
        Ok(client.lab(find_lab(&labs, name)?.id).await?)
    }

    async fn of_file(&self, client: &Client, labs: Vec<LabSummary>) -> anyhow::Result<LabDetail> {
        let source = Source::find(self.topo.as_deref().unwrap_or("."))?;
        let file = source.lasting_name();
        let is_it = |detail: &LabDetail| origin::of(&detail.lab) == Some(file.as_str());
        let mut found = details(client, labs).await?;
        found.retain(is_it);
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(not_deployed(&source).into()),
            _ => Err(several(&source, &found).into()),
        }
    }
}

/// All that `clab deploy` made and one may see.
pub async fn deployed(client: &Client) -> anyhow::Result<Vec<LabDetail>> {
    let mut labs = details(client, client.labs().await?).await?;
    labs.retain(|detail| origin::of(&detail.lab).is_some());
    Ok(labs)
}

/// In the order of the list.
async fn details(client: &Client, labs: Vec<LabSummary>) -> anyhow::Result<Vec<LabDetail>> {
    let each = labs.into_iter().map(|lab| client.lab(lab.id));
    let all = futures_util::stream::iter(each).buffered(AT_ONCE);
    Ok(all.try_collect().await?)
}

fn not_deployed(source: &Source) -> Failure {
    let message = format!("no lab here is of {}", source.shown());
    Failure::new(Exit::NOT_FOUND, message).hint(
        "deploy it: nova-ve clab deploy\nor name the lab: --name NAME (nova-ve lab ls lists them)",
    )
}

fn several(source: &Source, found: &[LabDetail]) -> Failure {
    let names: Vec<&str> = found
        .iter()
        .map(|detail| detail.lab.name.as_str())
        .collect();
    let message = format!("{} labs are of {}", found.len(), source.shown());
    Failure::new(Exit::USAGE, message).hint(format!("say which: --name {}", names.join(", ")))
}
