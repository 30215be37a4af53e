//! What kernel and supervisors show of the lab now.

use std::collections::BTreeMap;

use fabric::{Interfaces, NodeNet};
use futures_util::{StreamExt, stream};
use model::NodeId;
use model::plan::Part;
use model::seen::{LabSeen, NodePhase, NodeSeen};
use model::status::NodeState;
use runtime::NodeObserved;

use super::Inner;

/// Nodes whose namespaces are opened at the same time.
const OPENED_AT_ONCE: usize = 16;

/// One look at the lab.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed {
    pub seen: LabSeen,
    pub nodes: BTreeMap<NodeId, NodeObserved>,
    /// Nodes whose inside could not be seen, and why; nothing is done to them in this pass.
    pub unclear: BTreeMap<NodeId, String>,
}

/// A netlink socket inside each node, kept for as long as the namespace is the same one.
pub(super) type Nets = BTreeMap<NodeId, Net>;

pub(super) struct Net {
    /// Of the node, see `NodeObserved`; 0 where it was not known yet.
    life: u64,
    net: NodeNet,
}

pub(super) async fn run(lab: &Inner) -> anyhow::Result<Observed> {
    let nodes = lab.host.driver.observe(lab.id).await?;
    let devices = lab.host.fabric.observe_lab(&lab.names).await?;
    let mut insides = look_inside(lab, &nodes).await?;
    let mut observed = Observed {
        seen: LabSeen {
            nodes: BTreeMap::new(),
            ports: devices.ports,
            gateways: lab.host.gateways.seen(lab.id, &devices.bridges),
            bridges: devices.bridges,
            foreign: devices.foreign,
            strangers: devices.strangers,
        },
        nodes,
        unclear: BTreeMap::new(),
    };
    for (id, node) in &observed.nodes {
        let interfaces = match insides.remove(id) {
            Some(Ok(interfaces)) => interfaces,
            Some(Err(why)) => {
                observed.unclear.insert(*id, why);
                Interfaces::default()
            }
            None => Interfaces::default(),
        };
        observed.seen.nodes.insert(*id, seen(node, interfaces));
    }
    Ok(observed)
}

/// What a part of the lab shows: its devices and the insides of its nodes now, the nodes' states by
/// `nodes`. None where it is not to be judged without a look at everything.
pub(super) async fn part(
    lab: &Inner,
    part: &Part,
    mut nodes: BTreeMap<NodeId, NodeSeen>,
) -> anyhow::Result<Option<LabSeen>> {
    let all_run = nodes.values().all(|node| node.phase == NodePhase::Running);
    let Some(nets) = nets_of(lab, &nodes).await.filter(|_| all_run) else {
        return Ok(None);
    };
    let (ports, networks) = (part.ports.clone(), part.networks.clone());
    let fabric = &lab.host.fabric;
    let devices = fabric.observe_part(&lab.names, ports, networks).await?;
    for (id, inside) in NodeNet::observe_all(nets).await? {
        if let Some(node) = nodes.get_mut(&id) {
            node.interfaces = inside?;
        }
    }
    let mut gateways = lab.host.gateways.seen(lab.id, &devices.bridges);
    gateways.retain(|network, _| part.networks.contains(network));
    let is_usual = devices.foreign.is_empty() && devices.strangers.is_empty();
    Ok(is_usual.then_some(LabSeen {
        nodes,
        ports: devices.ports,
        bridges: devices.bridges,
        gateways,
        foreign: devices.foreign,
        strangers: devices.strangers,
    }))
}

/// None unless there is one inside each of them.
async fn nets_of(
    lab: &Inner,
    nodes: &BTreeMap<NodeId, NodeSeen>,
) -> Option<Vec<(NodeId, NodeNet)>> {
    let nets = lab.nets.lock().await;
    let of_node = |id: &NodeId| Some((*id, nets.get(id)?.net.clone()));
    nodes.keys().map(of_node).collect()
}

impl Observed {
    /// The same but for what nodes use.
    pub fn is_like(&self, other: &Self) -> bool {
        let without_usage = |a: &NodeObserved, b: &NodeObserved| {
            let NodeObserved {
                phase,
                start,
                wipe,
                fingerprint,
                life,
                state,
                since_ms,
                processes,
                consoles,
                usage: _,
            } = a;
            (phase, start, wipe, life) == (&b.phase, &b.start, &b.wipe, &b.life)
                && (fingerprint, state, since_ms) == (&b.fingerprint, &b.state, &b.since_ms)
                && (processes, consoles) == (&b.processes, &b.consoles)
        };
        let mut nodes = self.nodes.iter().zip(&other.nodes);
        self.seen == other.seen
            && self.unclear == other.unclear
            && self.nodes.len() == other.nodes.len()
            && nodes.all(|((id, a), (other, b))| id == other && without_usage(a, b))
    }

    /// A node whose supervisor ended unasked, or asked by an agent that was killed meanwhile, has a
    /// record and a socket still. Where it is not to run nobody makes it anew, so it is stopped once
    /// more, which clears them.
    pub fn stop_what_ended(&mut self, shall_run: impl Fn(NodeId) -> bool) {
        for (id, node) in &mut self.seen.nodes {
            let ended = matches!(self.nodes[id].state, NodeState::Failed { .. });
            if node.phase == NodePhase::Data && ended && !shall_run(*id) {
                node.phase = NodePhase::Held;
            }
        }
    }
}

fn seen(node: &NodeObserved, interfaces: Interfaces) -> NodeSeen {
    NodeSeen {
        phase: node.phase,
        start: node.start,
        wipe: node.wipe,
        fingerprint: node.fingerprint.clone(),
        interfaces,
    }
}

type Inside = Result<Interfaces, String>;

async fn look_inside(
    lab: &Inner,
    nodes: &BTreeMap<NodeId, NodeObserved>,
) -> anyhow::Result<BTreeMap<NodeId, Inside>> {
    let alive: BTreeMap<NodeId, u64> = nodes
        .iter()
        .filter(|(_, node)| matches!(node.phase, NodePhase::Held | NodePhase::Running))
        .map(|(id, node)| (*id, node.life))
        .collect();
    let mut insides = open_missing(lab, &alive).await;
    let nets = lab.nets.lock().await;
    let looked = nets.iter().map(|(id, net)| (*id, net.net.clone()));
    let looked = looked.filter(|(id, _)| alive.contains_key(id)).collect();
    drop(nets);
    for (id, inside) in NodeNet::observe_all(looked).await? {
        insides.insert(id, inside.map_err(|error| format!("{error:#}")));
    }
    Ok(insides)
}

/// A socket inside each of these, and none in another; those that could not be entered, and why.
async fn open_missing(lab: &Inner, alive: &BTreeMap<NodeId, u64>) -> BTreeMap<NodeId, Inside> {
    // What a node's own work has opened is that work's: it may be newer than this look.
    let busy = lab.board().busy();
    let mut nets = lab.nets.lock().await;
    nets.retain(|id, net| busy.contains(id) || alive.get(id) == Some(&net.life));
    let missing = alive.iter().filter(|(id, _)| !nets.contains_key(id));
    let missing: Vec<(NodeId, u64)> = missing.map(|(id, life)| (*id, *life)).collect();
    drop(nets);
    let opened: Vec<(NodeId, anyhow::Result<NodeNet>)> = stream::iter(missing)
        .map(|(id, life)| async move { (id, open(lab, id, life).await) })
        .buffer_unordered(OPENED_AT_ONCE)
        .collect()
        .await;
    let failed = opened.into_iter().filter_map(|(id, outcome)| {
        let error = outcome.err()?;
        Some((id, Err(format!("{error:#}"))))
    });
    failed.collect()
}

/// The socket inside a node that is held or runs.
pub(super) async fn net(lab: &Inner, node: NodeId) -> anyhow::Result<NodeNet> {
    let kept = lab.nets.lock().await.get(&node).map(|net| net.net.clone());
    match kept {
        Some(net) => Ok(net),
        None => open(lab, node, 0).await,
    }
}

impl Inner {
    pub(super) async fn nets(&self) -> Vec<(NodeId, NodeNet)> {
        let nets = self.nets.lock().await;
        nets.iter()
            .map(|(id, net)| (*id, net.net.clone()))
            .collect()
    }
}

/// And keeps it, for this life of the node.
pub(super) async fn open(lab: &Inner, node: NodeId, life: u64) -> anyhow::Result<NodeNet> {
    let netns = lab.host.driver.netns(lab.node_ref(node)).await?;
    let net = NodeNet::open(netns).await?;
    let kept = Net {
        life,
        net: net.clone(),
    };
    lab.nets.lock().await.insert(node, kept);
    Ok(net)
}

/// The node is to end: what is open in its namespace would keep it alive.
pub(super) async fn close(lab: &Inner, node: NodeId) {
    lab.nets.lock().await.remove(&node);
}
