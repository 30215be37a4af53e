//! Makes index and file agree again: after a crash, after a failed write, after a person's hand.
//!
//! Called with the lab's lock held, before every act on a lab and for what a scan finds changed.
//! What is begun is ended or forgotten; the tables in `labs` say which.

use std::sync::Arc;

use model::{Lab, LabId, Problem, Revision};

use super::commit::accept;
use super::folder::Stamp;
use super::index::{self, Contents, Entry, State};
use super::inner::Inner;
use super::verdict::{Found, Verdict, decide};
use super::{LabChange, delete, history, parse};
use crate::db::Tx;
use crate::{StoreError, specs};

/// The lab as it is in force now; `None`: there is none.
pub(super) async fn settle(
    inner: &Inner,
    id: LabId,
    now_ms: u64,
) -> Result<Option<Entry>, StoreError> {
    let Some(entry) = index::load(&inner.store.db, id).await? else {
        return Ok(None);
    };
    if entry.state == State::Deleting {
        delete::finish(inner, &entry).await?;
        return Ok(None);
    }
    let known = entry.stamp.clone();
    let look = inner
        .in_folder(move |folder| Ok(folder.look(id, &known, now_ms)))
        .await?;
    let begun = history::begun(&inner.store.db, id, entry.revision).await?;
    let is_clean = begun.is_empty();
    match decide(&entry, begun, look) {
        Verdict::AsKnown if is_clean => Ok(Some(entry)),
        Verdict::AsKnown => {
            let (state, stamp) = (entry.state.clone(), entry.stamp.clone());
            stand(inner, entry, state, stamp, is_clean).await
        }
        Verdict::Good { stamp } => stand(inner, entry, State::Ok, stamp, is_clean).await,
        Verdict::Broken { why, stamp } => {
            stand(inner, entry, State::Broken { why }, stamp, is_clean).await
        }
        Verdict::Missing => stand(inner, entry, State::Missing, Stamp::unsure(), is_clean).await,
        Verdict::NeverWas => never_was(inner, &entry).await,
        Verdict::Written { found, pending } => {
            let at = (pending.revision, pending.at_ms);
            take(inner, entry, found, at, Origin::OurEdit).await
        }
        Verdict::Outside { found } => take_outside(inner, entry, found, now_ms, is_clean).await,
    }
}

/// What a person wrote comes into force, unless it is too large as we write it.
async fn take_outside(
    inner: &Inner,
    entry: Entry,
    found: Found,
    now_ms: u64,
    is_clean: bool,
) -> Result<Option<Entry>, StoreError> {
    let (stamp, edited) = (found.stamp.clone(), found.lab.revision);
    let revision = entry.revision.next().max(edited);
    match at_revision(found, revision) {
        Ok(found) => {
            let origin = Origin::Outside { edited };
            take(inner, entry, found, (revision, now_ms), origin).await
        }
        Err(problem) => {
            let why = problem.to_string();
            stand(inner, entry, State::Broken { why }, stamp, is_clean).await
        }
    }
}

/// Whose hand wrote the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    OurEdit,
    Outside {
        /// The revision that the file says it is.
        edited: Revision,
    },
}

/// The contents in force stay; only how the file stands may be new.
async fn stand(
    inner: &Inner,
    mut entry: Entry,
    state: State,
    stamp: Stamp,
    is_clean: bool,
) -> Result<Option<Entry>, StoreError> {
    if is_clean && entry.state == state && entry.stamp == stamp {
        return Ok(Some(entry));
    }
    let mut tx = inner.store.db.write().await?;
    history::drop_above(&mut tx, entry.id, entry.revision).await?;
    index::set_state(&mut tx, entry.id, &state, &stamp).await?;
    arrive(&mut tx, &entry).await?;
    tx.commit().await?;
    if let Some(change) = told(&entry, &state) {
        inner.tell(change);
    }
    (entry.state, entry.stamp) = (state, stamp);
    Ok(Some(entry))
}

fn told(entry: &Entry, state: &State) -> Option<LabChange> {
    let id = entry.id;
    match (&entry.state, state) {
        (before, after) if before == after => None,
        (State::Writing, _) => Some(LabChange::Appeared(id)),
        (_, State::Ok) => Some(LabChange::Mended(id)),
        (_, State::Broken { why }) => Some(LabChange::Broken {
            lab: id,
            why: why.clone(),
        }),
        (_, State::Missing) => Some(LabChange::Missing(id)),
        (_, State::Writing | State::Deleting) => None,
    }
}

/// The file's contents come into force, at a revision that nobody saw before.
async fn take(
    inner: &Inner,
    entry: Entry,
    found: Found,
    (revision, changed_ms): (Revision, u64),
    origin: Origin,
) -> Result<Option<Entry>, StoreError> {
    let id = entry.id;
    let before = inner.lab(&entry).await?;
    let Found {
        lab,
        text,
        hash,
        stamp,
    } = found;
    let mut tx = inner.store.db.write().await?;
    match origin {
        Origin::OurEdit => history::drop_above(&mut tx, id, revision).await?,
        Origin::Outside { edited } => {
            history::drop_above(&mut tx, id, entry.revision).await?;
            history::supersede_above(&mut tx, id, edited).await?;
            history::outside(&mut tx, id, revision, &hash, changed_ms).await?;
        }
    }
    let contents = Contents::new(&lab, &text, &hash, &stamp, changed_ms);
    accept(&mut tx, &before, &contents).await?;
    arrive(&mut tx, &entry).await?;
    tx.commit().await?;
    tracing::info!(lab.id = %id, %revision, ?origin, "lab.changed");
    inner.tell(LabChange::Changed { lab: id, revision });
    inner.remember(lab, &hash);
    index::load(&inner.store.db, id).await
}

/// A person leaves the old revision in the file; the contents in force have their own. A file without
/// line breaks may be too large as we write it.
fn at_revision(mut found: Found, revision: Revision) -> Result<Found, Problem> {
    if found.lab.revision != revision {
        found.lab.revision = revision;
        found.text = parse::text(&found.lab)?;
    }
    Ok(found)
}

/// A creation got to its end: from now on agents may be told of the lab.
async fn arrive(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    match entry.state {
        State::Writing => specs::unbury(tx, entry.id).await,
        State::Ok | State::Broken { .. } | State::Missing | State::Deleting => Ok(()),
    }
}

async fn never_was(inner: &Inner, entry: &Entry) -> Result<Option<Entry>, StoreError> {
    let mut tx = inner.store.db.write().await?;
    index::remove(&mut tx, entry.id).await?;
    tx.commit().await?;
    inner.forget(entry.id);
    Ok(None)
}

/// A lab that can be changed: its file is good.
pub(super) async fn settled_good(
    inner: &Inner,
    id: LabId,
    now_ms: u64,
) -> Result<(Entry, Arc<Lab>), super::EditError> {
    use super::EditError;
    let entry = settle(inner, id, now_ms)
        .await?
        .ok_or(EditError::NotFound)?;
    match &entry.state {
        State::Ok => {}
        State::Broken { why } => return Err(EditError::Broken { why: why.clone() }),
        State::Missing => return Err(EditError::Missing),
        State::Writing | State::Deleting => return Err(EditError::NotFound),
    }
    let lab = inner.lab(&entry).await?;
    Ok((entry, lab))
}
