//! The way to a node, past the access table: what may not be seen is not there.

use model::access::Action;
use model::{LabId, NodeId};
use store::LabRecord;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

impl App {
    /// The lab, which has this node.
    pub async fn node_for(
        &self,
        caller: &Caller,
        lab: LabId,
        node: NodeId,
        action: Action,
    ) -> Result<LabRecord, Error> {
        let record = self.lab_for(caller, lab, action).await?;
        if !record.lab.nodes.contains_key(&node) {
            return Err(Error::not_found(format!("node {node} in this lab")));
        }
        Ok(record)
    }
}
