//! What kernel and supervisors show of the lab now.

use std::collections::BTreeMap;
use std::os::fd::AsFd;

use fabric::{Counters, NodeNet};
use futures_util::{StreamExt, stream};
use model::NodeId;
use model::seen::{InnerSeen, LabSeen, NodePhase, NodeSeen, PortId};
use model::status::NodeState;
use runtime::NodeObserved;

use super::Inner;

/// Nodes whose inside is looked at, at the same time.
const LOOKS_AT_ONCE: usize = 16;

/// One look at the lab.
#[derive(Debug, Clone, Default)]
pub(super) struct Observed {
    pub seen: LabSeen,
    pub nodes: BTreeMap<NodeId, NodeObserved>,
    pub counters: BTreeMap<PortId, Counters>,
    /// Nodes whose inside could not be seen, and why; nothing is done to them in this pass.
    pub unclear: BTreeMap<NodeId, String>,
}

/// A netlink socket inside each node, kept for as long as the namespace is the same one.
pub(super) type Nets = BTreeMap<NodeId, Net>;

#[derive(Clone)]
pub(super) struct Net {
    /// Of the namespace. The socket keeps the namespace alive, so the number is not given again.
    inode: u64,
    pub net: NodeNet,
}

pub(super) async fn run(lab: &Inner) -> anyhow::Result<Observed> {
    let nodes = lab.host.driver.observe(lab.id).await?;
    let devices = lab.host.fabric.observe_lab(&lab.names).await?;
    let insides = look_inside(lab, &nodes).await;
    let mut observed = Observed {
        seen: LabSeen {
            nodes: BTreeMap::new(),
            ports: devices.ports,
            bridges: devices.bridges,
            foreign: devices.foreign,
        },
        nodes,
        counters: devices.counters,
        unclear: BTreeMap::new(),
    };
    for (id, node) in &observed.nodes {
        let interfaces = match insides.get(id) {
            Some(Ok(interfaces)) => interfaces.clone(),
            Some(Err(why)) => {
                observed.unclear.insert(*id, why.clone());
                BTreeMap::new()
            }
            None => BTreeMap::new(),
        };
        observed.seen.nodes.insert(*id, seen(node, interfaces));
    }
    Ok(observed)
}

impl Observed {
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

fn seen(node: &NodeObserved, interfaces: BTreeMap<String, InnerSeen>) -> NodeSeen {
    NodeSeen {
        phase: node.phase,
        start: node.start,
        wipe: node.wipe,
        fingerprint: node.fingerprint.clone(),
        interfaces,
    }
}

type Inside = Result<BTreeMap<String, InnerSeen>, String>;

async fn look_inside(
    lab: &Inner,
    nodes: &BTreeMap<NodeId, NodeObserved>,
) -> BTreeMap<NodeId, Inside> {
    let alive: Vec<NodeId> = nodes
        .iter()
        .filter(|(_, node)| matches!(node.phase, NodePhase::Held | NodePhase::Running))
        .map(|(id, _)| *id)
        .collect();
    lab.nets.lock().await.retain(|id, _| alive.contains(id));
    stream::iter(alive)
        .map(|id| async move {
            let inside = async { Ok::<_, anyhow::Error>(net(lab, id).await?.observe().await?) };
            (id, inside.await.map_err(|error| format!("{error:#}")))
        })
        .buffer_unordered(LOOKS_AT_ONCE)
        .collect()
        .await
}

/// The socket inside a node that is held or runs.
pub(super) async fn net(lab: &Inner, node: NodeId) -> anyhow::Result<NodeNet> {
    let netns = lab.host.driver.netns(lab.node_ref(node)).await?;
    let inode = rustix::fs::fstat(netns.as_fd())?.st_ino;
    if let Some(kept) = lab.nets.lock().await.get(&node)
        && kept.inode == inode
    {
        return Ok(kept.net.clone());
    }
    let net = NodeNet::open(netns).await?;
    lab.nets.lock().await.insert(
        node,
        Net {
            inode,
            net: net.clone(),
        },
    );
    Ok(net)
}
