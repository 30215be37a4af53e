//! Drift as the agent last told it, what adopting it would be, and asking for its repair.

use std::collections::BTreeSet;

use agent_api::{AgentError, Repair};
use api::drift::{DriftItem, DriftList, RepairBegun};
use model::Lab;
use model::drift::{Drift, DriftKind, adopt};

use crate::app::App;
use crate::auth::Caller;
use crate::error::Error;

impl App {
    pub fn drift_of(&self, lab: &Lab) -> DriftList {
        let drifts = self.statuses.raw(lab.id).drifts;
        let item = |drift: Drift| {
            let (adopt, why_not) = match adopt(lab, &drift) {
                Ok(edit) => (Some(edit), String::new()),
                Err(why) => (None, why),
            };
            DriftItem {
                can_repair: can_repair(&drift),
                drift,
                adopt,
                why_not,
            }
        };
        DriftList {
            items: drifts.into_iter().map(item).collect(),
            cadence_s: self.discovery.borrow().cadence_s,
        }
    }

    /// Asks the agent to mend these, or all; ids that are gone by now are done already.
    pub async fn repair_drift(
        &self,
        caller: &Caller,
        lab: &Lab,
        only: Option<Vec<String>>,
    ) -> Result<RepairBegun, Error> {
        let only: Option<BTreeSet<String>> = only.map(|ids| ids.into_iter().collect());
        let drifts = self.statuses.raw(lab.id).drifts.into_iter();
        let asked = |drift: &Drift| {
            can_repair(drift) && only.as_ref().is_none_or(|only| only.contains(&drift.id))
        };
        let ids: Vec<String> = drifts.filter(asked).map(|drift| drift.id).collect();
        let repair = Repair {
            lab: lab.id,
            only: only.is_some().then(|| ids.iter().cloned().collect()),
        };
        match self.agent.repair(repair).await {
            Ok(()) => {}
            // Nobody ever started it: there is nothing of it on the host.
            Err(AgentError::Failed { code, .. }) if code == "unknown_lab" => {}
            Err(error) => return Err(error.into()),
        }
        let detail = format!("{} differences", ids.len());
        self.audit(caller, &lab.id.to_string(), &detail).await?;
        Ok(RepairBegun { ids })
    }
}

/// All but devices that are none of the lab's.
fn can_repair(drift: &Drift) -> bool {
    match drift.kind {
        DriftKind::LostLink | DriftKind::MovedLink => true,
        DriftKind::DiscoveredLink => drift.port.is_some(),
    }
}
