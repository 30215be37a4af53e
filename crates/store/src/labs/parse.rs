//! From text to a valid lab, or to the words that say what is wrong with it.

use model::limits::{LAB_MAX_DEPTH, too_deep_at};
use model::{Lab, LabId, Problem, validate};

use super::folder::MAX_LAB_BYTES;
use crate::StoreError;

/// How many problems a text names; a person mends them one after the other.
const NAMED: usize = 5;
/// Beyond it a browser's numbers are no longer whole.
const MAX_REVISION: u64 = 1 << 53;

/// A file's contents as the lab `id`, or why they are none.
pub(super) fn lab(text: &str, id: LabId) -> Result<Lab, String> {
    if too_deep_at(text.as_bytes(), LAB_MAX_DEPTH).is_some() {
        return Err(format!(
            "it is nested deeper than {LAB_MAX_DEPTH} levels; make it flatter"
        ));
    }
    let lab: Lab = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if lab.id != id {
        return Err(format!(
            "the lab inside has the id {}; make the file's name and the id inside the same",
            lab.id
        ));
    }
    if lab.revision.0 >= MAX_REVISION {
        return Err(format!(
            "revision {} is too high; write a small number",
            lab.revision
        ));
    }
    match validate::validate(&lab) {
        problems if problems.is_empty() => Ok(lab),
        problems => Err(first_problems(&problems)),
    }
}

/// Contents that we wrote ourselves.
pub(super) fn trusted(text: &str) -> Result<Lab, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Damaged {
        column: "labs.contents".into(),
        why: error.to_string(),
    })
}

/// A lab as its file holds it, or that it is too large for one.
pub(super) fn text(lab: &Lab) -> Result<String, Problem> {
    let mut text = serde_json::to_string_pretty(lab)
        .map_err(|error| Problem::new("", "not_writable", error.to_string()))?;
    text.push('\n');
    if text.len() as u64 > MAX_LAB_BYTES {
        let most = MAX_LAB_BYTES >> 20;
        let message = format!("the lab would be larger than {most} MiB; remove something first");
        return Err(Problem::new("", "lab_too_large", message));
    }
    if too_deep_at(text.as_bytes(), LAB_MAX_DEPTH).is_some() {
        let message = format!("the lab would be nested deeper than {LAB_MAX_DEPTH} levels");
        return Err(Problem::new("", "nested_too_deep", message));
    }
    Ok(text)
}

pub(super) fn first_problems(problems: &[Problem]) -> String {
    let mut words: Vec<String> = problems
        .iter()
        .take(NAMED)
        .map(Problem::to_string)
        .collect();
    if problems.len() > NAMED {
        words.push(format!("and {} more", problems.len() - NAMED));
    }
    words.join("; ")
}
