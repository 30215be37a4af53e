//! Taking back one's own edits, without limit, among others who edit the same lab.
//!
//! The inverse of the edit is applied as an edit of its own. It is refused when it would no longer
//! give a valid lab, and when it would take along what somebody else did since to the same thing:
//! then the answer says whose edit stands in the way. Moves never stand in the way.

use std::fmt;

use model::edit::{self, Edit};
use model::{LabId, Problem, Revision};

use super::commit::{Change, commit};
use super::history::{self, Candidate, EditRow, Kind};
use super::inner::Inner;
use super::settle::settled_good;
use super::{EditError, Edited, touch};
use crate::UserId;

/// The edit that keeps an undo or a redo from happening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InTheWay {
    /// `None`: somebody changed the file by hand.
    pub author: Option<String>,
    pub revision: Revision,
    /// `cut of link 3`.
    pub words: String,
    /// What would be wrong with the lab; empty when it would be valid, but without that edit.
    pub problems: Vec<Problem>,
}

impl fmt::Display for InTheWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.author {
            Some(author) => write!(f, "{author}'s {} stands in the way", self.words)?,
            None => write!(f, "a {} stands in the way", self.words)?,
        }
        write!(f, " (revision {}); take that back first", self.revision)
    }
}

pub(super) async fn undo(
    inner: &Inner,
    id: LabId,
    user: UserId,
    now_ms: u64,
) -> Result<Edited, EditError> {
    let _held = inner.lock(id).await;
    let (entry, lab) = settled_good(inner, id, now_ms).await?;
    let last = history::undoable(&inner.store.db, id, user).await?;
    let last = last.ok_or(EditError::NothingToDo)?;
    let (after, change) = take_back(inner, &lab, user, last, Kind::Undo).await?;
    commit(inner, &entry, &lab, after, change, now_ms).await
}

pub(super) async fn redo(
    inner: &Inner,
    id: LabId,
    user: UserId,
    now_ms: u64,
) -> Result<Edited, EditError> {
    let _held = inner.lock(id).await;
    let (entry, lab) = settled_good(inner, id, now_ms).await?;
    let last = history::redoable(&inner.store.db, id, user).await?;
    let last = last.ok_or(EditError::NothingToDo)?;
    let (after, change) = take_back(inner, &lab, user, last, Kind::Redo).await?;
    commit(inner, &entry, &lab, after, change, now_ms).await
}

async fn take_back(
    inner: &Inner,
    lab: &model::Lab,
    user: UserId,
    last: Candidate,
    kind: Kind,
) -> Result<(model::Lab, Change), EditError> {
    let Candidate {
        revision,
        inverse,
        words,
    } = last;
    let others = history::others_since(&inner.store.db, lab.id, user, revision).await?;
    let blocker = others.iter().find(|row| stands_in_the_way(row, &inverse));
    match (edit::apply(lab, &inverse), blocker) {
        (Ok(applied), None) => {
            let change = Change {
                author: user,
                kind,
                of: Some(revision),
                edit: applied.edit,
                inverse: applied.inverse,
                words,
            };
            Ok((applied.lab, change))
        }
        (Ok(_), Some(row)) => Err(in_the_way(row, Vec::new())),
        (Err(problems), blocker) => match blocker.or(others.last()) {
            Some(row) => Err(in_the_way(row, problems)),
            None => Err(EditError::Invalid(problems)),
        },
    }
}

/// A change by hand can have done anything; it stands in the way only when the outcome is invalid.
fn stands_in_the_way(row: &EditRow, inverse: &Edit) -> bool {
    row.edit
        .as_ref()
        .is_some_and(|edit| touch::overwrites(inverse, edit))
}

fn in_the_way(row: &EditRow, problems: Vec<Problem>) -> EditError {
    EditError::InTheWay(Box::new(InTheWay {
        author: row.author.clone(),
        revision: row.revision,
        words: row.words.clone(),
        problems,
    }))
}
