//! Finding the node that a person named.

use api::client::Client;
use model::status::{LabStatus, NodeState};
use model::template::Template;
use model::{Lab, NodeId};

use crate::failure::{Exit, Failure};
use crate::lookup::{NodePath, find_lab, find_node};

/// A node, its lab and how they stand.
pub struct Found {
    pub lab: Lab,
    pub status: LabStatus,
    pub id: NodeId,
}

pub async fn find(client: &Client, path: &NodePath) -> anyhow::Result<Found> {
    let lab = find_lab(&client.labs().await?, &path.lab)?.id;
    let detail = client.lab(lab).await?;
    let id = find_node(&detail.lab, &path.node)?;
    Ok(Found {
        lab: detail.lab,
        status: detail.status,
        id,
    })
}

impl Found {
    pub fn name(&self) -> &str {
        self.lab.nodes.get(&self.id).map_or("", |node| &node.name)
    }

    /// `LAB/NODE`, as a person would write it again.
    pub fn path(&self) -> String {
        format!("{}/{}", self.lab.name, self.name())
    }

    /// A node that is stopped or failed has no inside.
    pub fn must_run(&self) -> Result<(), Failure> {
        let state = self.status.nodes.get(&self.id).map(|status| &status.state);
        match state {
            Some(
                NodeState::Running { .. }
                | NodeState::Degraded { .. }
                | NodeState::Starting { .. }
                | NodeState::Stopping,
            ) => Ok(()),
            Some(NodeState::Stopped | NodeState::Waiting { .. } | NodeState::Failed { .. })
            | None => {
                let word = state.map_or("stopped", NodeState::word);
                let message = format!("{} does not run: it is {word}", self.path());
                Err(Failure::new(Exit::TRY_AGAIN, message)
                    .hint(format!("nova-ve node start {:?}", self.path())))
            }
        }
    }

    /// The console that is opened when none is named: the template's first choice, if it is open.
    pub fn default_console(&self, templates: &[Template]) -> Result<String, Failure> {
        let status = self.status.nodes.get(&self.id);
        let open = status.map_or(&[][..], |status| &status.consoles);
        let template = self.lab.nodes.get(&self.id).map(|node| &node.template);
        let wished = templates
            .iter()
            .find(|known| Some(&known.id) == template)
            .map(|known| &known.default_console);
        let wished = open.iter().find(|name| Some(*name) == wished);
        if let Some(name) = wished.or(open.first()) {
            return Ok(name.clone());
        }
        let state = status.map_or("stopped", |status| status.state.word());
        let message = format!("{} has no console to open: it is {state}", self.path());
        Err(Failure::new(Exit::TRY_AGAIN, message)
            .hint(format!("nova-ve node start {:?}", self.path())))
    }
}
