//! One edit on a lab: the change, its inverse, and the edit with every choice made.
//!
//! Only what an edit cannot do is refused here (a thing that is not there, a number that is taken);
//! whether the outcome is a good lab is `validate`'s to say.

use std::collections::BTreeMap;

use super::{Edit, links};
use crate::lab::{Drawing, Lab, Link, Position};
use crate::limits;
use crate::problem::Problem;

/// What was done.
pub struct Done {
    pub edit: Edit,
    pub inverse: Edit,
}

impl Done {
    /// `edit` needed no choice.
    pub fn plain(edit: &Edit, inverse: Edit) -> Self {
        Self {
            edit: edit.clone(),
            inverse,
        }
    }
}

/// Changes `lab`. After an error it is half changed: the caller throws it away.
pub fn apply_to(lab: &mut Lab, edit: &Edit, depth: usize) -> Result<Done, Problem> {
    let inverse = match edit {
        Edit::SetLab { name, description } => set_lab(lab, name.as_ref(), description.as_ref()),
        Edit::AddNode { id, node } => {
            taken(lab.nodes.insert(*id, node.clone()).is_some(), "node", *id)?;
            Edit::RemoveNode { id: *id }
        }
        Edit::SetNode { id, node } => {
            let slot = lab.nodes.get_mut(id).ok_or_else(|| missing("node", *id))?;
            Edit::SetNode {
                id: *id,
                node: std::mem::replace(slot, node.clone()),
            }
        }
        Edit::RemoveNode { id } => {
            let node = lab.nodes.remove(id).ok_or_else(|| missing("node", *id))?;
            links::with_links(
                Edit::AddNode { id: *id, node },
                links::take_at_node(lab, *id),
            )
        }
        Edit::AddNetwork { id, network } => {
            taken(
                lab.networks.insert(*id, network.clone()).is_some(),
                "network",
                *id,
            )?;
            Edit::RemoveNetwork { id: *id }
        }
        Edit::SetNetwork { id, network } => {
            let slot = lab
                .networks
                .get_mut(id)
                .ok_or_else(|| missing("network", *id))?;
            Edit::SetNetwork {
                id: *id,
                network: std::mem::replace(slot, network.clone()),
            }
        }
        Edit::RemoveNetwork { id } => {
            let network = lab
                .networks
                .remove(id)
                .ok_or_else(|| missing("network", *id))?;
            let at = links::take_at_network(lab, *id);
            links::with_links(Edit::AddNetwork { id: *id, network }, at)
        }
        Edit::AddLink {
            id,
            a,
            b,
            network,
            state,
            extra,
        } => {
            let (id, a, b, network, state) = (*id, *a, *b, *network, *state);
            return links::add(
                lab,
                Link {
                    id,
                    a,
                    b,
                    network,
                    state,
                    extra: extra.clone(),
                },
            );
        }
        Edit::RemoveLink { id } => links::remove(lab, *id)?,
        Edit::SetLinkState { id, state } => {
            let link = lab.links.get_mut(id).ok_or_else(|| missing("link", *id))?;
            Edit::SetLinkState {
                id: *id,
                state: std::mem::replace(&mut link.state, *state),
            }
        }
        Edit::ShareLink {
            id,
            name,
            position,
            second,
        } => links::share(lab, *id, name, *position, *second)?,
        Edit::Move { nodes, networks } => Edit::Move {
            nodes: move_all(&mut lab.nodes, nodes, "node", |node| &mut node.position)?,
            networks: move_all(&mut lab.networks, networks, "network", |n| &mut n.position)?,
        },
        Edit::AddDrawing { drawing, before } => add_drawing(lab, drawing, *before)?,
        Edit::SetDrawing { drawing } => {
            let slot = lab.drawings.iter_mut().find(|old| old.id == drawing.id);
            let slot = slot.ok_or_else(|| missing("drawing", drawing.id))?;
            Edit::SetDrawing {
                drawing: std::mem::replace(slot, drawing.clone()),
            }
        }
        Edit::RemoveDrawing { id } => remove_drawing(lab, *id)?,
        Edit::Batch { edits } => return batch(lab, edits, depth),
    };
    Ok(Done::plain(edit, inverse))
}

fn set_lab(lab: &mut Lab, name: Option<&String>, description: Option<&String>) -> Edit {
    let swap = |slot: &mut String, new: &String| std::mem::replace(slot, new.clone());
    Edit::SetLab {
        name: name.map(|new| swap(&mut lab.name, new)),
        description: description.map(|new| swap(&mut lab.description, new)),
    }
}

fn move_all<K: Copy + Ord + std::fmt::Display, T>(
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

fn add_drawing(lab: &mut Lab, drawing: &Drawing, before: Option<u32>) -> Result<Edit, Problem> {
    taken(
        lab.drawings.iter().any(|old| old.id == drawing.id),
        "drawing",
        drawing.id,
    )?;
    let at = match before {
        None => lab.drawings.len(),
        Some(above) => {
            let found = lab.drawings.iter().position(|old| old.id == above);
            found.ok_or_else(|| missing("drawing", above))?
        }
    };
    lab.drawings.insert(at, drawing.clone());
    Ok(Edit::RemoveDrawing { id: drawing.id })
}

fn remove_drawing(lab: &mut Lab, id: u32) -> Result<Edit, Problem> {
    let at = lab.drawings.iter().position(|old| old.id == id);
    let at = at.ok_or_else(|| missing("drawing", id))?;
    let drawing = lab.drawings.remove(at);
    let before = lab.drawings.get(at).map(|above| above.id);
    Ok(Edit::AddDrawing { drawing, before })
}

fn batch(lab: &mut Lab, edits: &[Edit], depth: usize) -> Result<Done, Problem> {
    if depth >= limits::BATCH_DEPTH_MAX {
        let message = format!("batches lie in batches more than {depth} deep; flatten them");
        return Err(Problem::new("", "batch_too_deep", message));
    }
    let mut done = Vec::with_capacity(edits.len());
    let mut inverses = Vec::with_capacity(edits.len());
    for edit in edits {
        let one = apply_to(lab, edit, depth + 1)?;
        done.push(one.edit);
        inverses.push(one.inverse);
    }
    inverses.reverse();
    Ok(Done {
        edit: Edit::Batch { edits: done },
        inverse: Edit::Batch { edits: inverses },
    })
}

pub fn missing(what: &str, id: impl std::fmt::Display) -> Problem {
    let message = format!("there is no {what} {id}; someone may have removed it");
    Problem::new(format!("{what}s/{id}"), &format!("no_such_{what}"), message)
}

pub fn taken(is_taken: bool, what: &str, id: impl std::fmt::Display) -> Result<(), Problem> {
    if !is_taken {
        return Ok(());
    }
    let message = format!("{what} {id} exists already; choose another number");
    Err(Problem::new(
        format!("{what}s/{id}"),
        &format!("{what}_exists"),
        message,
    ))
}
