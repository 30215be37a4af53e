//! The way into a node that runs.

use agent_api::{AgentError, AgentStream, Opening};
use store::LabRecord;

use crate::app::App;
use crate::error::Error;

impl App {
    /// Opens a stream; a refusal names the node as its lab does.
    pub async fn open_stream(
        &self,
        record: &LabRecord,
        opening: Opening,
    ) -> Result<AgentStream, Error> {
        let node = opening.node();
        let opened = self.agent.open(opening).await;
        opened.map_err(|error| match error {
            // A lab or node that nobody ever started is not known to the agent.
            AgentError::Failed { ref code, .. }
                if ["not_running", "unknown_lab", "unknown_node"].contains(&code.as_str()) =>
            {
                node.map_or_else(|| error.into(), |(_, id)| Error::not_running(record, id))
            }
            AgentError::Failed { .. } | AgentError::Unreachable(_) | AgentError::Refused(_) => {
                error.into()
            }
        })
    }
}
