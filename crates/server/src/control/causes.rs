//! Which requests changed what is wished of a lab, until the agent was told: its log then names them.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use agent_api::RequestId;
use model::LabId;

/// The newest of each lab.
const KEPT: usize = 8;

#[derive(Debug, Default)]
pub struct Causes(Mutex<BTreeMap<LabId, Vec<RequestId>>>);

impl Causes {
    /// The request that is being answered changed the lab.
    pub fn note(&self, lab: LabId) {
        let Some(id) = RequestId::current() else {
            return;
        };
        let mut labs = self.labs();
        let causes = labs.entry(lab).or_default();
        causes.retain(|known| *known != id);
        if causes.len() == KEPT {
            causes.remove(0);
        }
        causes.push(id);
    }

    pub fn of(&self, lab: LabId) -> Vec<RequestId> {
        self.labs().get(&lab).cloned().unwrap_or_default()
    }

    /// The agent was told of these; newer ones stay.
    pub fn told(&self, lab: LabId, told: &[RequestId]) {
        let mut labs = self.labs();
        if let Some(causes) = labs.get_mut(&lab) {
            causes.retain(|id| !told.contains(id));
            if causes.is_empty() {
                labs.remove(&lab);
            }
        }
    }

    pub fn forget(&self, lab: LabId) {
        self.labs().remove(&lab);
    }

    fn labs(&self) -> MutexGuard<'_, BTreeMap<LabId, Vec<RequestId>>> {
        self.0.lock().expect("no holder panics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_newest_eight_requests_wait_until_they_are_told() {
        let (causes, lab) = (Causes::default(), LabId(uuid::Uuid::nil()));
        causes.note(lab);
        assert!(causes.of(lab).is_empty(), "no request is being answered");
        for _ in 0..20 {
            RequestId::draw().scope(async { causes.note(lab) }).await;
        }
        let told = causes.of(lab);
        assert_eq!(told.len(), KEPT);
        let newer = RequestId::draw();
        newer.clone().scope(async { causes.note(lab) }).await;
        causes.told(lab, &told);
        assert_eq!(causes.of(lab), [newer]);
    }
}
