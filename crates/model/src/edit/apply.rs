//! One edit on a lab: the change, its inverse, and the edit with every choice made.
//!
//! Only what an edit cannot do is refused here (a thing that is not there, a number that is taken);
//! whether the outcome is a good lab is `validate`'s to say.

use super::{Edit, drawings, links, things};
use crate::lab::Lab;
use crate::limits;
use crate::problem::Problem;

/// What was done.
pub struct Done {
    pub edit: Edit,
    pub inverse: Edit,
}

/// Changes `lab`. After an error it is half changed: the caller throws it away.
pub fn apply_to(lab: &mut Lab, edit: &Edit, depth: usize) -> Result<Done, Problem> {
    let inverse = match edit {
        Edit::SetLab { name, description } => set_lab(lab, name.as_ref(), description.as_ref()),
        Edit::AddNode { id, node } => things::add_node(lab, *id, node)?,
        Edit::SetNode { id, node } => things::set_node(lab, *id, node)?,
        Edit::RemoveNode { id } => things::remove_node(lab, *id)?,
        Edit::AddNetwork { id, network } => things::add_network(lab, *id, network)?,
        Edit::SetNetwork { id, network } => things::set_network(lab, *id, network)?,
        Edit::RemoveNetwork { id } => things::remove_network(lab, *id)?,
        Edit::AddLink { .. } => return links::add(lab, edit),
        Edit::RemoveLink { id } => links::remove(lab, *id)?,
        Edit::SetLinkState { id, state } => links::set_state(lab, *id, *state)?,
        Edit::ShareLink {
            id,
            name,
            position,
            second,
        } => links::share(lab, *id, name, *position, *second)?,
        Edit::Move { nodes, networks } => things::move_all(lab, nodes, networks)?,
        Edit::AddDrawing { drawing, before } => drawings::add(lab, drawing, *before)?,
        Edit::SetDrawing { drawing } => drawings::set(lab, drawing)?,
        Edit::RemoveDrawing { id } => drawings::remove(lab, *id)?,
        Edit::Batch { edits } => return batch(lab, edits, depth),
    };
    Ok(Done {
        edit: edit.clone(),
        inverse,
    })
}

fn set_lab(lab: &mut Lab, name: Option<&String>, description: Option<&String>) -> Edit {
    let swap = |slot: &mut String, new: &String| std::mem::replace(slot, new.clone());
    Edit::SetLab {
        name: name.map(|new| swap(&mut lab.name, new)),
        description: description.map(|new| swap(&mut lab.description, new)),
    }
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
