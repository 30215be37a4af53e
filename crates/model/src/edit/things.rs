//! Edits of nodes and networks: what a person places on the sheet.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::apply::{missing, taken};
use super::{Edit, links};
use crate::id::{NetworkId, NodeId};
use crate::lab::{Lab, Network, Node, Position};
use crate::problem::Problem;

pub fn add_node(lab: &mut Lab, id: NodeId, node: &Node) -> Result<Edit, Problem> {
    taken(lab.nodes.insert(id, node.clone()).is_some(), "node", id)?;
    Ok(Edit::RemoveNode { id })
}

pub fn set_node(lab: &mut Lab, id: NodeId, node: &Node) -> Result<Edit, Problem> {
    let slot = lab.nodes.get_mut(&id).ok_or_else(|| missing("node", id))?;
    let node = std::mem::replace(slot, node.clone());
    Ok(Edit::SetNode { id, node })
}

pub fn remove_node(lab: &mut Lab, id: NodeId) -> Result<Edit, Problem> {
    let node = lab.nodes.remove(&id).ok_or_else(|| missing("node", id))?;
    let links = links::take_at_node(lab, id);
    Ok(links::with_links(Edit::AddNode { id, node }, links))
}

pub fn add_network(lab: &mut Lab, id: NetworkId, network: &Network) -> Result<Edit, Problem> {
    taken(
        lab.networks.insert(id, network.clone()).is_some(),
        "network",
        id,
    )?;
    Ok(Edit::RemoveNetwork { id })
}

pub fn set_network(lab: &mut Lab, id: NetworkId, network: &Network) -> Result<Edit, Problem> {
    let slot = lab
        .networks
        .get_mut(&id)
        .ok_or_else(|| missing("network", id))?;
    let network = std::mem::replace(slot, network.clone());
    Ok(Edit::SetNetwork { id, network })
}

pub fn remove_network(lab: &mut Lab, id: NetworkId) -> Result<Edit, Problem> {
    let network = lab
        .networks
        .remove(&id)
        .ok_or_else(|| missing("network", id))?;
    let links = links::take_at_network(lab, id);
    Ok(links::with_links(Edit::AddNetwork { id, network }, links))
}

pub fn move_all(
    lab: &mut Lab,
    nodes: &BTreeMap<NodeId, Position>,
    networks: &BTreeMap<NetworkId, Position>,
) -> Result<Edit, Problem> {
    let nodes = swap(&mut lab.nodes, nodes, "node", |node| &mut node.position)?;
    let networks = swap(&mut lab.networks, networks, "network", |n| &mut n.position)?;
    Ok(Edit::Move { nodes, networks })
}

/// Sets the positions and gives the old ones.
fn swap<K: Copy + Ord + Display, T>(
    things: &mut BTreeMap<K, T>,
    moves: &BTreeMap<K, Position>,
    what: &str,
    slot: fn(&mut T) -> &mut Position,
) -> Result<BTreeMap<K, Position>, Problem> {
    let one = |(id, to): (&K, &Position)| {
        let thing = things.get_mut(id).ok_or_else(|| missing(what, *id))?;
        Ok((*id, std::mem::replace(slot(thing), *to)))
    };
    moves.iter().map(one).collect()
}
