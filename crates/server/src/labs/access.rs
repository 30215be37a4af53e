//! The way to a lab, past the access table: what may not be seen is not there.

use model::access::Action;
use model::{LabId, NodeId};
use store::LabRecord;

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

impl App {
    /// The lab, for a caller who may do `action` in it.
    pub async fn lab_for(
        &self,
        caller: &Caller,
        lab: LabId,
        action: Action,
    ) -> Result<LabRecord, Error> {
        let record = self.labs.get(lab).await?;
        let record = record.filter(|record| caller.may(record.owner.id, Action::View));
        let record = record.ok_or_else(|| Error::not_found(format!("lab {lab}")))?;
        if !caller.may(record.owner.id, action) {
            return Err(Error::Forbidden { act: words(action) });
        }
        Ok(record)
    }

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

fn words(action: Action) -> &'static str {
    match action {
        Action::View => "look",
        Action::Operate => "start, stop or open anything",
        Action::Edit => "change anything",
        Action::Own => "remove or share anything",
    }
}
