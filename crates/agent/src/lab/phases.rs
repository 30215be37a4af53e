//! A plan carried out: first what must go, then what is missing, each in phases.
//!
//! Steps of the same node are done in their order by its own task; nodes beside each other. What
//! joins two nodes, and what is the lab's, is done here between those.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use model::plan::{Planned, Step};
use model::{NetworkId, NodeId};

use super::step::{self, nodes_of};
use super::work::{self, Chain};
use super::{Inner, Wish};

pub(super) enum Removed {
    /// Something of the lab as a whole is still in the way: nothing is added in this pass.
    Failed,
    /// How much was done, and the nodes that are not done with.
    Well { done: usize, left: BTreeSet<NodeId> },
}

impl Removed {
    pub fn done(&self) -> usize {
        match self {
            Self::Failed => 0,
            Self::Well { done, .. } => *done,
        }
    }
}

/// The host leaves its networks, then redirects, so that no frame goes to a device that is gone; then the nodes, each by itself;
/// then what belongs to the lab.
pub(super) async fn remove(lab: &Arc<Inner>, wish: &Arc<Wish>, steps: Vec<Planned>) -> Removed {
    let busy = lab.board().busy();
    let mut phases = Removal::default();
    for planned in steps {
        phases.sort_in(planned, &busy);
    }
    let mut done = run_each(lab, wish, &phases.gateways).await;
    if done < phases.gateways.len() {
        // Their bridges are still in use.
        phases.bridges.clear();
    }
    done += run_each(lab, wish, &phases.redirects).await;
    let came = work::run_all(lab, wish, chains(phases.nodes)).await;
    done += came.done;
    let left = &came.not_done | &busy;
    if !left.is_empty() {
        // Some nodes still end: what is the lab's goes in a later pass.
        return Removed::Well { done, left };
    }
    let gone = run_each(lab, wish, &phases.all_ports).await;
    if gone < phases.all_ports.len() {
        return Removed::Failed;
    }
    done += gone;
    lab.reap(phases.bridges);
    Removed::Well { done, left }
}

#[derive(Default)]
struct Removal {
    gateways: Vec<Planned>,
    redirects: Vec<Planned>,
    nodes: BTreeMap<NodeId, Vec<Planned>>,
    all_ports: Vec<Planned>,
    bridges: Vec<NetworkId>,
}

impl Removal {
    /// Steps of busy nodes are dropped: their own work ends with waking us.
    fn sort_in(&mut self, planned: Planned, busy: &BTreeSet<NodeId>) {
        match (&planned.step, nodes_of(&planned.step).first()) {
            (Step::RemoveGateway { .. }, _) => self.gateways.push(planned),
            (Step::RemoveRedirect { .. }, _) => self.redirects.push(planned),
            (Step::RemoveAllPorts, _) => self.all_ports.push(planned),
            (Step::RemoveBridge { network }, _) => self.bridges.push(*network),
            (_, Some(node)) if !busy.contains(node) => {
                self.nodes.entry(*node).or_default().push(planned);
            }
            (_, _) => {}
        }
    }
}

/// Networks and the nodes with their ports, then the links between those that are ready, and their
/// processes last.
pub(super) async fn add(
    lab: &Arc<Inner>,
    wish: &Arc<Wish>,
    steps: Vec<Planned>,
    left_out: &BTreeSet<NodeId>,
) -> usize {
    let mut phases = Addition::default();
    let mut not_ready = left_out | &lab.board().busy();
    for planned in steps {
        if nodes_of(&planned.step)
            .iter()
            .all(|node| !not_ready.contains(node) && lab.is_due(*node))
        {
            phases.sort_in(planned);
        }
    }
    let bridges = add_bridges(lab, wish, &phases.bridges);
    // Nodes are made meanwhile; their ports wait for the bridges.
    let nodes = work::run_all(lab, wish, chains(phases.nodes));
    let (mut done, made) = tokio::join!(bridges, nodes);
    not_ready.extend(made.not_done);
    let ready = |planned: &Planned| {
        nodes_of(&planned.step)
            .iter()
            .all(|n| !not_ready.contains(n))
    };
    phases
        .links
        .retain(|planned| ready(planned) && !lab.is_followers(&planned.step));
    done += run_each(lab, wish, &phases.links).await;
    phases.releases.retain(|node, _| !not_ready.contains(node));
    let released = work::run_all(lab, wish, chains(phases.releases)).await;
    done + made.done + released.done
}

async fn add_bridges(lab: &Arc<Inner>, wish: &Wish, bridges: &[Planned]) -> usize {
    if bridges.is_empty() {
        return 0;
    }
    lab.stop_reaping();
    let _being_made = lab.bridges.write().await;
    run_each(lab, wish, bridges).await
}

#[derive(Default)]
struct Addition {
    bridges: Vec<Planned>,
    nodes: BTreeMap<NodeId, Vec<Planned>>,
    links: Vec<Planned>,
    releases: BTreeMap<NodeId, Vec<Planned>>,
}

impl Addition {
    fn sort_in(&mut self, planned: Planned) {
        match (&planned.step, nodes_of(&planned.step).first()) {
            (Step::EnsureRedirect { .. } | Step::SetAdmin { .. }, _) => self.links.push(planned),
            (Step::ReleaseNode { node }, _) => {
                self.releases.entry(*node).or_default().push(planned);
            }
            (_, Some(node)) => self.nodes.entry(*node).or_default().push(planned),
            (_, None) => self.bridges.push(planned),
        }
    }
}

/// Runs every step; one that fails is told as the lab's problem. Answers how many are done.
async fn run_each(lab: &Inner, wish: &Wish, steps: &[Planned]) -> usize {
    let mut done = 0;
    for run in step::runs(steps) {
        for outcome in work::run_together(lab, wish, run).await {
            match outcome {
                Ok(()) => done += 1,
                Err(why) => lab.problem(why),
            }
        }
    }
    done
}

fn chains(nodes: BTreeMap<NodeId, Vec<Planned>>) -> Vec<Chain> {
    nodes
        .into_iter()
        .map(|(node, steps)| Chain::new(node, steps))
        .collect()
}

impl Inner {
    /// Ends of links between two interfaces are raised and lowered by the follower alone.
    pub(super) fn is_followers(&self, step: &Step) -> bool {
        let Step::SetAdmin { port, .. } = step else {
            return false;
        };
        let its = self.peer(*port).is_some();
        if its {
            self.host.settle.settle(self.names.hash, *port);
        }
        its
    }

    /// Not held back by its troubles.
    fn is_due(&self, node: NodeId) -> bool {
        !self.board().troubles.holds(node, Instant::now())
    }
}
