//! From what is known to the words that a person reads.

mod link;
mod node;

use std::collections::BTreeMap;

use model::spec::LabSpec;
use model::status::{LabStatus, NetworkStatus, NodeState, NodeStatus, Plumbed};
use model::{NetworkId, NodeId};

use agent_api::LabEntry;

use super::Inner;
use super::board::{Board, View};
use crate::host::now_ms;

impl Inner {
    pub(super) fn render(&self) -> LabStatus {
        let networks = self.host.gateways.status(self.id);
        let mut board = self.board();
        let Some(view) = board.view.take() else {
            // No pass has come to its end yet.
            return LabStatus {
                problems: board.problems.clone(),
                ..LabStatus::default()
            };
        };
        let status = Self::render_view(&mut board, &view, networks);
        board.view = Some(view);
        status
    }

    fn render_view(
        board: &mut Board,
        view: &View,
        networks: BTreeMap<NetworkId, NetworkStatus>,
    ) -> LabStatus {
        let spec = match view.wish.as_deref() {
            Some(LabEntry::Present { spec, .. }) => Some(spec),
            Some(LabEntry::Tombstone { .. }) | None => None,
        };
        let nodes: BTreeMap<NodeId, NodeStatus> = node_ids(spec, view)
            .into_iter()
            .map(|id| {
                let mut status =
                    node::status(spec.and_then(|spec| spec.nodes.get(&id)), view, board, id);
                status.since_ms = since(board, id, &status);
                (id, status)
            })
            .collect();
        let links = spec.map(|spec| &spec.links).into_iter().flatten();
        let drifts = board.drifts.told();
        let links = links
            .map(|(id, wanted)| {
                let mut status = link::status(spec, view, &board.counters, wanted);
                if let Some(drift) = drifts.iter().find(|drift| drift.link == Some(*id)) {
                    (status.plumbed, status.why) = (Plumbed::No, drift.why.clone());
                }
                (*id, status)
            })
            .collect();
        let problems = problems(board, view, not_right(spec, &networks));
        LabStatus {
            generation: view.generation,
            nodes,
            links,
            networks,
            problems,
            drifts,
        }
    }
}

fn problems(board: &Board, view: &View, of_networks: Vec<String>) -> Vec<String> {
    let foreign = view.observed.seen.foreign.iter().map(|name| {
        format!("the device {name} has a name of this lab and is not ours; rename or delete it")
    });
    let problems = view.frozen.iter().chain(&board.problems).cloned();
    problems.chain(of_networks).chain(foreign).collect()
}

/// Networks that the host is not on as drawn, as sentences.
fn not_right(spec: Option<&LabSpec>, networks: &BTreeMap<NetworkId, NetworkStatus>) -> Vec<String> {
    let not_right = networks.iter().filter(|(_, own)| !own.why.is_empty());
    not_right
        .map(|(id, own)| {
            let spec = spec.and_then(|spec| spec.networks.get(id));
            let name = spec.map_or_else(|| id.to_string(), |network| network.name.clone());
            format!("network {name}: {}", own.why)
        })
        .collect()
}

/// The lab's nodes; of a lab without a spec, those that are here.
fn node_ids(spec: Option<&LabSpec>, view: &View) -> Vec<NodeId> {
    match spec {
        Some(spec) => spec.nodes.keys().copied().collect(),
        None => view.observed.nodes.keys().copied().collect(),
    }
}

/// The supervisor knows since when its node is what it is; of other states, the first telling counts.
fn since(board: &mut Board, id: NodeId, status: &NodeStatus) -> u64 {
    if status.since_ms > 0 {
        board
            .told
            .insert(id, (status.state.clone(), status.since_ms));
        return status.since_ms;
    }
    let (state, since_ms) = board
        .told
        .entry(id)
        .or_insert_with(|| (NodeState::Stopped, now_ms()));
    if *state != status.state {
        (*state, *since_ms) = (status.state.clone(), now_ms());
    }
    *since_ms
}
