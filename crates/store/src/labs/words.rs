//! What an edit is called on a button and in the history: `remove of node r1`.

use std::collections::BTreeMap;

use model::edit::Edit;
use model::{LinkState, NetworkId, NodeId};

/// Names come from the edit itself and, where it has none (a removal), from its inverse.
pub(super) fn describe(edit: &Edit, inverse: &Edit) -> String {
    let mut names = Names::default();
    names.collect(inverse);
    names.collect(edit);
    words(edit, &names)
}

#[derive(Default)]
struct Names<'a> {
    nodes: BTreeMap<NodeId, &'a str>,
    networks: BTreeMap<NetworkId, &'a str>,
}

impl<'a> Names<'a> {
    fn collect(&mut self, edit: &'a Edit) {
        match edit {
            Edit::AddNode { id, node } | Edit::SetNode { id, node } => {
                self.nodes.insert(*id, &node.name);
            }
            Edit::AddNetwork { id, network } | Edit::SetNetwork { id, network } => {
                self.networks.insert(*id, &network.name);
            }
            Edit::Batch { edits } => edits.iter().for_each(|edit| self.collect(edit)),
            Edit::SetLab { .. }
            | Edit::RemoveNode { .. }
            | Edit::RemoveNetwork { .. }
            | Edit::AddLink { .. }
            | Edit::RemoveLink { .. }
            | Edit::SetLinkState { .. }
            | Edit::ShareLink { .. }
            | Edit::Move { .. }
            | Edit::AddDrawing { .. }
            | Edit::SetDrawing { .. }
            | Edit::RemoveDrawing { .. } => {}
        }
    }

    fn node(&self, id: NodeId) -> String {
        self.nodes
            .get(&id)
            .map_or_else(|| format!("node {id}"), |name| format!("node {name}"))
    }

    fn network(&self, id: NetworkId) -> String {
        let name = self.networks.get(&id);
        name.map_or_else(|| format!("network {id}"), |name| format!("network {name}"))
    }
}

fn words(edit: &Edit, names: &Names<'_>) -> String {
    match edit {
        Edit::SetLab { name: Some(_), .. } => "new name of the lab".into(),
        Edit::SetLab { name: None, .. } => "new description of the lab".into(),
        Edit::AddNode { id, .. } => format!("add of {}", names.node(*id)),
        Edit::SetNode { id, .. } => format!("change of {}", names.node(*id)),
        Edit::RemoveNode { id } => format!("remove of {}", names.node(*id)),
        Edit::AddNetwork { id, .. } => format!("add of {}", names.network(*id)),
        Edit::SetNetwork { id, .. } => format!("change of {}", names.network(*id)),
        Edit::RemoveNetwork { id } => format!("remove of {}", names.network(*id)),
        Edit::AddLink { id, .. } => format!("add of link {id}"),
        Edit::RemoveLink { id } => format!("remove of link {id}"),
        Edit::SetLinkState {
            id,
            state: LinkState::Cut,
        } => format!("cut of link {id}"),
        Edit::SetLinkState {
            id,
            state: LinkState::Up,
        } => format!("heal of link {id}"),
        Edit::ShareLink { id, name, .. } => format!("turn of link {id} into network {name}"),
        Edit::Move { nodes, networks } => match nodes.len() + networks.len() {
            1 => "move of a thing".into(),
            count => format!("move of {count} things"),
        },
        Edit::AddDrawing { drawing, .. } => format!("add of a {}", drawing.kind),
        Edit::SetDrawing { drawing } => format!("change of a {}", drawing.kind),
        Edit::RemoveDrawing { .. } => "remove of a drawing".into(),
        Edit::Batch { edits } => match edits.as_slice() {
            [only] => words(only, names),
            [first, rest @ ..] => format!("{} and {} more", words(first, names), rest.len()),
            [] => "change of nothing".into(),
        },
    }
}
