//! Edits of drawings. Their order is which lies over which.

use super::Edit;
use super::apply::{missing, taken};
use crate::lab::{Drawing, Lab};
use crate::problem::Problem;

pub fn add(lab: &mut Lab, drawing: &Drawing, before: Option<u32>) -> Result<Edit, Problem> {
    taken(place_of(lab, drawing.id).is_ok(), "drawing", drawing.id)?;
    let at = before.map_or(Ok(lab.drawings.len()), |above| place_of(lab, above))?;
    lab.drawings.insert(at, drawing.clone());
    Ok(Edit::RemoveDrawing { id: drawing.id })
}

pub fn set(lab: &mut Lab, drawing: &Drawing) -> Result<Edit, Problem> {
    let at = place_of(lab, drawing.id)?;
    let drawing = std::mem::replace(&mut lab.drawings[at], drawing.clone());
    Ok(Edit::SetDrawing { drawing })
}

pub fn remove(lab: &mut Lab, id: u32) -> Result<Edit, Problem> {
    let at = place_of(lab, id)?;
    let drawing = lab.drawings.remove(at);
    let before = lab.drawings.get(at).map(|above| above.id);
    Ok(Edit::AddDrawing { drawing, before })
}

fn place_of(lab: &Lab, id: u32) -> Result<usize, Problem> {
    let found = lab.drawings.iter().position(|drawing| drawing.id == id);
    found.ok_or_else(|| missing("drawing", id))
}
