//! How labs stand, as the agent last said. In memory alone: after a restart the agent tells anew.

use std::collections::BTreeMap;
use std::sync::Mutex;

use api::event::Event;
use model::drift::{Drift, DriftKind};
use model::status::{EndStatus, LabStatus, LinkStatus, NodeState, NodeStatus, Plumbed, Usage};
use model::{Lab, LabId};

/// More changes than this at once are told as a whole.
const TOLD_ONE_BY_ONE: usize = 100;

#[derive(Debug, Default)]
pub struct Statuses {
    labs: Mutex<BTreeMap<LabId, Entry>>,
}

#[derive(Debug, Default)]
struct Entry {
    /// From the agent.
    status: LabStatus,
    /// Why the lab could not be told to the agent, as sentences.
    refused: Vec<String>,
}

impl Statuses {
    /// The status of `lab`: every node and link that no agent speaks of is stopped.
    pub fn of(&self, lab: &Lab) -> LabStatus {
        let labs = self.labs.lock().expect("no holder panics");
        let mut status = labs.get(&lab.id).map(Entry::whole).unwrap_or_default();
        for id in lab.nodes.keys() {
            status.nodes.entry(*id).or_insert_with(stopped);
        }
        for id in lab.links.keys() {
            status.links.entry(*id).or_insert_with(idle);
        }
        status
    }

    /// What the agent said, without anything filled in.
    pub fn raw(&self, lab: LabId) -> LabStatus {
        let labs = self.labs.lock().expect("no holder panics");
        labs.get(&lab).map(Entry::whole).unwrap_or_default()
    }

    /// Takes what the agent says; the events that tell the difference.
    pub fn set(&self, lab: LabId, status: LabStatus) -> Vec<Event> {
        let mut labs = self.labs.lock().expect("no holder panics");
        let entry = labs.entry(lab).or_default();
        let events = changes(&entry.status, &status);
        let drifts = drift_changes(&entry.status.drifts, &status.drifts);
        entry.status = status;
        if events.len() > TOLD_ONE_BY_ONE || events.contains(&whole_marker()) {
            let status = entry.whole();
            return std::iter::once(Event::LabStatus { status })
                .chain(drifts)
                .collect();
        }
        events.into_iter().chain(drifts).collect()
    }

    /// Why the lab could not be told to the agent; empty when it could. The event when that changed.
    pub fn set_refused(&self, lab: LabId, refused: Vec<String>) -> Option<Event> {
        let mut labs = self.labs.lock().expect("no holder panics");
        let entry = labs.entry(lab).or_default();
        if entry.refused == refused {
            return None;
        }
        entry.refused = refused;
        let status = entry.whole();
        Some(Event::LabStatus { status })
    }

    pub fn refused(&self, lab: LabId) -> Vec<String> {
        let labs = self.labs.lock().expect("no holder panics");
        labs.get(&lab)
            .map(|entry| entry.refused.clone())
            .unwrap_or_default()
    }

    pub fn forget(&self, lab: LabId) {
        self.labs.lock().expect("no holder panics").remove(&lab);
    }
}

impl Entry {
    fn whole(&self) -> LabStatus {
        let mut status = self.status.clone();
        status.problems.extend(self.refused.iter().cloned());
        status
    }
}

fn whole_marker() -> Event {
    Event::LabStatus {
        status: LabStatus::default(),
    }
}

/// One event for each node and link that changed. A thing that went, other problems, or other networks
/// cannot be told by those: then the marker says that the whole must be.
fn changes(before: &LabStatus, after: &LabStatus) -> Vec<Event> {
    let gone = before.nodes.keys().any(|id| !after.nodes.contains_key(id))
        || before.links.keys().any(|id| !after.links.contains_key(id));
    let others = (&before.problems, &before.networks) != (&after.problems, &after.networks);
    if gone || others {
        return vec![whole_marker()];
    }
    let nodes = after.nodes.iter();
    let nodes = nodes.filter(|(id, status)| before.nodes.get(id) != Some(status));
    let links = after.links.iter();
    let links = links.filter(|(id, status)| before.links.get(id) != Some(status));
    nodes
        .map(|(node, status)| Event::NodeStatus {
            node: *node,
            status: status.clone(),
        })
        .chain(links.map(|(link, status)| Event::LinkStatus {
            link: *link,
            status: status.clone(),
        }))
        .collect()
}

/// Each difference between lab and host once when it comes, and once when it goes.
fn drift_changes(before: &[Drift], after: &[Drift]) -> Vec<Event> {
    let by_id = |drifts: &'_ [Drift]| -> BTreeMap<String, Drift> {
        let pairs = drifts.iter().map(|drift| (drift.id.clone(), drift.clone()));
        pairs.collect()
    };
    let (were, are) = (by_id(before), by_id(after));
    let gone = before.iter().filter(|drift| !are.contains_key(&drift.id));
    // One that is elsewhere again is told again.
    let new = after
        .iter()
        .filter(|drift| were.get(&drift.id) != Some(drift));
    gone.map(|drift| tell(drift, true))
        .chain(new.map(|drift| tell(drift, false)))
        .collect()
}

fn tell(drift: &Drift, gone: bool) -> Event {
    let (kind, drift) = (drift.kind, drift.clone());
    match kind {
        DriftKind::DiscoveredLink => Event::DiscoveredLink { drift, gone },
        DriftKind::LostLink => Event::LostLink { drift, gone },
        DriftKind::MovedLink => Event::MovedLink { drift, gone },
    }
}

fn stopped() -> NodeStatus {
    NodeStatus {
        state: NodeState::Stopped,
        since_ms: 0,
        start: 0,
        wipe: 0,
        pending: Vec::new(),
        consoles: Vec::new(),
        processes: Vec::new(),
        usage: Usage::default(),
    }
}

fn idle() -> LinkStatus {
    LinkStatus {
        plumbed: Plumbed::Idle,
        why: String::new(),
        a: EndStatus::default(),
        b: EndStatus::default(),
    }
}
