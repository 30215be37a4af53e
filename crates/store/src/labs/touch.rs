//! Whether one edit would undo what another did. Positions do not count: a drag is no work lost.

use std::collections::BTreeSet;

use model::edit::Edit;
use model::{End, LinkId, NetworkId, NodeId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Thing {
    Lab,
    Node(NodeId),
    Network(NetworkId),
    Link(LinkId),
    Drawing(u32),
    /// That something is linked to it, which only its removal undoes.
    LinksOf(End),
}

/// Whether `later` would be lost, in part at least, if `edit` was applied now.
pub(super) fn overwrites(edit: &Edit, later: &Edit) -> bool {
    let mut replaced = BTreeSet::new();
    collect(edit, Role::Replaces, &mut replaced);
    let mut made = BTreeSet::new();
    collect(later, Role::Made, &mut made);
    !replaced.is_disjoint(&made)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Replaces,
    Made,
}

fn collect(edit: &Edit, role: Role, things: &mut BTreeSet<Thing>) {
    match edit {
        Edit::SetLab { .. } => drop(things.insert(Thing::Lab)),
        Edit::AddNode { id, .. } | Edit::SetNode { id, .. } => {
            things.insert(Thing::Node(*id));
        }
        Edit::RemoveNode { id } => {
            things.insert(Thing::Node(*id));
            if role == Role::Replaces {
                things.extend(every_interface(*id));
            }
        }
        Edit::AddNetwork { id, .. } | Edit::SetNetwork { id, .. } => {
            things.insert(Thing::Network(*id));
        }
        Edit::RemoveNetwork { id } => {
            things.insert(Thing::Network(*id));
            if role == Role::Replaces {
                things.insert(Thing::LinksOf(End::Network(*id)));
            }
        }
        Edit::AddLink { id, a, b, .. } => {
            things.insert(Thing::Link(*id));
            if role == Role::Made {
                things.extend([*a, *b].map(Thing::LinksOf));
            }
        }
        Edit::RemoveLink { id } | Edit::SetLinkState { id, .. } => {
            things.insert(Thing::Link(*id));
        }
        Edit::ShareLink { id, second, .. } => things.extend([*id, *second].map(Thing::Link)),
        Edit::Move { .. } => {}
        Edit::AddDrawing { drawing, .. } | Edit::SetDrawing { drawing } => {
            things.insert(Thing::Drawing(drawing.id));
        }
        Edit::RemoveDrawing { id } => drop(things.insert(Thing::Drawing(*id))),
        Edit::Batch { edits } => edits.iter().for_each(|edit| collect(edit, role, things)),
    }
}

fn every_interface(node: NodeId) -> impl Iterator<Item = Thing> {
    use model::IfaceIndex;
    (IfaceIndex::MIN..=IfaceIndex::MAX)
        .filter_map(|index| IfaceIndex::try_from(u64::from(index)).ok())
        .map(move |interface| Thing::LinksOf(End::Interface { node, interface }))
}
