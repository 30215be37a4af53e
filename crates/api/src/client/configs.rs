//! Configurations of nodes.

use model::{LabId, NodeId};

use super::{Client, ClientError};
use crate::config::{NodeConfig, SavedConfig};

impl Client {
    /// What the node starts with, what it runs with, and how they differ.
    pub async fn config(&self, lab: LabId, node: NodeId) -> Result<NodeConfig, ClientError> {
        self.get(&format!("/labs/{lab}/nodes/{node}/config")).await
    }

    /// Keeps what it runs with in the lab.
    pub async fn save_config(&self, lab: LabId, node: NodeId) -> Result<SavedConfig, ClientError> {
        self.post(&format!("/labs/{lab}/nodes/{node}/config/save"))
            .await
    }
}
