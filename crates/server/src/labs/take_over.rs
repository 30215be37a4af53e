//! Taking over what a host runs and this database does not know: it was lost, or an older one was
//! put back.
//!
//! Without that, the first wish for one node would stop the others, a stop would find nothing to
//! stop, and counters that begin anew would make a restart or a wipe one that was done long ago.

use model::Lab;
use model::spec::{RunWishes, Wish};
use model::status::{LabStatus, NodeState, NodeStatus};

use crate::app::App;
use crate::error::Error;

impl App {
    /// The lab's wishes, which are not behind what its host reports.
    pub async fn wishes_of(&self, lab: &Lab) -> Result<RunWishes, Error> {
        let wishes = self.store.run_wishes(lab.id).await?;
        let status = self.statuses.raw(lab.id);
        let nodes = status.nodes.iter();
        let nodes = nodes.filter(|(id, _)| lab.nodes.contains_key(id));
        let seen: RunWishes = nodes.map(|(id, node)| (*id, wish_of(node))).collect();
        if !is_beyond(&status, &wishes) {
            return Ok(wishes);
        }
        let now_ms = self.clock.now_ms();
        if self.store.take_over_wishes(lab.id, &seen, now_ms).await? {
            tracing::warn!(lab.id = %lab.id, "the host runs what the database does not know, taken over");
        }
        Ok(self.store.run_wishes(lab.id).await?)
    }
}

/// Counters only grow, and hosts have them from us.
fn is_beyond(status: &LabStatus, wishes: &RunWishes) -> bool {
    status.nodes.iter().any(|(id, node)| {
        let wish = wishes.get(id).copied().unwrap_or_default();
        node.start > wish.start || node.wipe > wish.wipe
    })
}

/// The wish that the node shows. One that is not up yet does not say for which start it is.
fn wish_of(node: &NodeStatus) -> Wish {
    let on = match node.state {
        NodeState::Stopped | NodeState::Stopping => false,
        NodeState::Waiting { .. }
        | NodeState::Starting { .. }
        | NodeState::Running { .. }
        | NodeState::Degraded { .. }
        | NodeState::Failed { .. } => true,
    };
    Wish {
        on,
        start: node.start.max(u64::from(on)),
        wipe: node.wipe,
    }
}
