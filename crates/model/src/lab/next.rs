//! Free numbers, and who holds what.
//!
//! A new number is one above the highest in the lab, so that gaps are left to what was removed: its
//! undo and its links still mean the old number. Only when the range is used up is a gap taken. (Of
//! the data of a node that had the number before, the wipe count of its run wish takes care.)

use std::collections::BTreeSet;

use super::{End, Lab, Link, Node};
use crate::id::{IfaceIndex, LinkId, NetworkId, NodeId};

impl Lab {
    /// A number for a new node; `None` when all are taken.
    pub fn next_node_id(&self) -> Option<NodeId> {
        let used = self.nodes.keys().map(|id| u64::from(*id));
        free(used, NodeId::MAX.into()).and_then(|n| n.try_into().ok())
    }

    /// A number for a new network, shared or hidden.
    pub fn next_network_id(&self) -> Option<NetworkId> {
        let shared = self.networks.keys().copied();
        let hidden = self.links.values().filter_map(|link| link.network);
        let used = shared.chain(hidden).map(u64::from);
        free(used, NetworkId::MAX.into()).and_then(|n| n.try_into().ok())
    }

    /// A number for a new link.
    pub fn next_link_id(&self) -> Option<LinkId> {
        let used = self.links.keys().map(|id| u64::from(*id));
        free(used, LinkId::MAX.into()).and_then(|n| n.try_into().ok())
    }

    /// A number for a new drawing.
    pub fn next_drawing_id(&self) -> u32 {
        let used = self.drawings.iter().map(|drawing| u64::from(drawing.id));
        let id = free(used, u32::MAX.into()).and_then(|n| u32::try_from(n).ok());
        id.expect("a lab has fewer drawings than there are numbers")
    }

    /// The link at this end, if any.
    pub fn link_at(&self, end: End) -> Option<&Link> {
        self.links.values().find(|link| link.ends().contains(&end))
    }

    /// The first interface of the node that no link is at.
    pub fn free_interface(&self, node: NodeId) -> Option<IfaceIndex> {
        let indexes = self.nodes.get(&node)?.interfaces.keys();
        indexes
            .copied()
            .find(|&interface| self.link_at(End::Interface { node, interface }).is_none())
    }
}

impl Node {
    /// The lowest number that no interface of the node has.
    pub fn next_interface(&self) -> Option<IfaceIndex> {
        (u64::from(IfaceIndex::MIN)..=u64::from(IfaceIndex::MAX))
            .filter_map(|n| IfaceIndex::try_from(n).ok())
            .find(|index| !self.interfaces.contains_key(index))
    }
}

/// One above the highest; else the lowest gap.
fn free(used: impl Iterator<Item = u64> + Clone, max: u64) -> Option<u64> {
    let above = used.clone().max().map_or(1, |highest| highest + 1);
    if above <= max {
        return Some(above);
    }
    let used: BTreeSet<u64> = used.collect();
    (1..=max).find(|n| !used.contains(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_number_is_above_all_and_a_gap_is_taken_only_at_the_end() {
        assert_eq!(free(0..0, 9), Some(1));
        assert_eq!(free([1, 4].into_iter(), 9), Some(5));
        assert_eq!(free([1, 9].into_iter(), 9), Some(2));
        assert_eq!(free(1..=9, 9), None);
    }
}
