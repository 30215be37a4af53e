//! One edit of one lab.

use model::edit::{self, Edit};
use model::{LabId, Problem, Revision};

use super::commit::{Change, commit};
use super::history::Kind;
use super::inner::Inner;
use super::settle::settled_good;
use super::{Edited, InTheWay, parse, words};
use crate::{StoreError, UserId};

/// Why a lab was not changed. Nothing was written, unless it is `Store`.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("no such lab")]
    NotFound,
    #[error("the lab is at revision {have} by now; look at it again, then repeat the change")]
    Conflict { have: Revision },
    #[error("the change would make the lab invalid: {}", parse::first_problems(.0))]
    Invalid(Vec<Problem>),
    #[error("the lab's file is broken ({why}); mend the file, or restore the last good contents")]
    Broken { why: String },
    #[error("the lab's file is missing; put it back, or restore the last good contents")]
    Missing,
    #[error("there is nothing to take back")]
    NothingToDo,
    #[error("{0}")]
    InTheWay(Box<InTheWay>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub(super) async fn apply_edit(
    inner: &Inner,
    id: LabId,
    expected: Option<Revision>,
    author: UserId,
    edit: Edit,
    now_ms: u64,
) -> Result<Edited, EditError> {
    let _held = inner.lock(id).await;
    let (entry, lab) = settled_good(inner, id, now_ms).await?;
    if expected.is_some_and(|expected| expected != entry.revision) {
        return Err(EditError::Conflict {
            have: entry.revision,
        });
    }
    let applied = edit::apply(&lab, &edit).map_err(EditError::Invalid)?;
    let edit::Applied {
        lab: after,
        inverse,
        edit,
    } = applied;
    let words = words::describe(&edit, &inverse);
    let change = Change {
        author,
        kind: Kind::Edit,
        of: None,
        edit,
        inverse,
        words,
    };
    commit(inner, &entry, &lab, after, change, now_ms).await
}
