//! The one way by which a lab's file is replaced. The order of the steps is what makes a crash at
//! any of them harmless; see the table in `labs`.

use model::edit::Edit;
use model::{Lab, LabId, Problem, Revision};

use super::folder::{Place, Stamp, sha256_hex};
use super::history::{self, Kind, NewRow};
use super::index::{self, Contents, Entry};
use super::inner::{Inner, Step};
use super::{EditError, Edited, parse, settle};
use crate::db::Tx;
use crate::{StoreError, UserId, wishes};

/// A change that the model has applied already.
pub(super) struct Change {
    pub(super) author: UserId,
    pub(super) kind: Kind,
    /// What an undo or redo takes back.
    pub(super) of: Option<Revision>,
    pub(super) edit: Edit,
    pub(super) inverse: Edit,
    pub(super) words: String,
}

pub(super) async fn commit(
    inner: &Inner,
    entry: &Entry,
    before: &Lab,
    after: Lab,
    change: Change,
    now_ms: u64,
) -> Result<Edited, EditError> {
    let (id, revision) = (entry.id, entry.revision.next());
    let after = Lab {
        id,
        revision,
        ..after
    };
    let text = parse::text(&after).map_err(one)?;
    let hash = sha256_hex(text.as_bytes());
    let row = NewRow::new(&change, revision, &hash, now_ms).map_err(one)?;
    history::begin(&inner.store.db, id, row, &change).await?;
    inner.reach(Step::Row)?;
    let stamp = match write(inner, entry, text.clone(), now_ms).await {
        Ok(stamp) => stamp,
        Err(error) => return Err(give_up(inner, id, error, now_ms).await.into()),
    };
    inner.reach(Step::File)?;
    let contents = Contents::new(&after, &text, &hash, &stamp, now_ms);
    let mut tx = inner.store.db.write().await?;
    accept(&mut tx, before, &contents).await?;
    tx.commit().await?;
    inner.reach(Step::Index)?;
    let lab = inner.remember(after, &hash);
    let Change { edit, words, .. } = change;
    Ok(Edited {
        lab,
        revision,
        edit,
        words,
    })
}

fn one(problem: Problem) -> EditError {
    EditError::Invalid(vec![problem])
}

async fn write(
    inner: &Inner,
    entry: &Entry,
    text: String,
    now_ms: u64,
) -> Result<Stamp, StoreError> {
    let (id, hash) = (entry.id, entry.hash.clone());
    inner
        .in_folder(move |folder| folder.write_temp(id, &text))
        .await?;
    inner.reach(Step::Temp)?;
    let stamp = inner
        .in_folder(move |folder| folder.put_in_place(id, &Place::Over { hash }, now_ms))
        .await?;
    Ok(stamp.unwrap_or_else(Stamp::unsure))
}

/// After a failed write: what was begun is forgotten at once if that can be done now, else by the
/// next look at the lab.
pub(super) async fn give_up(
    inner: &Inner,
    id: LabId,
    error: StoreError,
    now_ms: u64,
) -> StoreError {
    if !error.is_crash()
        && let Err(again) = settle::settle(inner, id, now_ms).await
    {
        tracing::warn!(lab.id = %id, error = %again, "lab.settle failed after a failed write");
    }
    error
}

/// The contents come into force in the index; nodes that are gone are switched off, and so are new
/// ones: a start that came too late for an older node of that number is not meant for them.
pub(super) async fn accept(
    tx: &mut Tx,
    before: &Lab,
    contents: &Contents<'_>,
) -> Result<(), StoreError> {
    index::set_contents(tx, contents).await?;
    for node in before
        .nodes
        .keys()
        .filter(|node| !contents.lab.nodes.contains_key(node))
    {
        wishes::retire_node(tx, contents.lab.id, *node).await?;
    }
    for node in contents.lab.nodes.keys() {
        if !before.nodes.contains_key(node) {
            wishes::switch_off(tx, contents.lab.id, *node).await?;
        }
    }
    Ok(())
}
