//! A lab goes: mark in SQL, file to the trash, row away and tombstone there.
//!
//! From the mark on the lab is gone for everybody; a crash after it only leaves work to `settle`.
//! Nothing is lost: where the file is not the last good one, those contents go to the trash too.

use model::LabId;

use super::folder::{Look, Stamp};
use super::index::{self, Entry, State};
use super::inner::{Inner, Step};
use crate::{StoreError, specs, wishes};

/// Whether there was such a lab.
pub(super) async fn delete(inner: &Inner, id: LabId, now_ms: u64) -> Result<bool, StoreError> {
    let _held = inner.lock(id).await;
    let entry = match index::load(&inner.store.db, id).await? {
        Some(entry) if entry.state.is_visible() => entry,
        Some(_) | None => return Ok(false),
    };
    let mut tx = inner.store.db.write().await?;
    index::mark_deleting(&mut tx, id, now_ms).await?;
    tx.commit().await?;
    inner.reach(Step::Row)?;
    finish(
        inner,
        &Entry {
            state: State::Deleting,
            changed_ms: now_ms,
            ..entry
        },
    )
    .await?;
    Ok(true)
}

/// Everything after the mark; may be done again at any point.
pub(super) async fn finish(inner: &Inner, entry: &Entry) -> Result<(), StoreError> {
    let (id, at_ms, hash) = (entry.id, entry.changed_ms, entry.hash.clone());
    let last_good = index::contents(&inner.store.db, id).await?;
    inner
        .in_folder(move |folder| {
            match folder.look(id, &Stamp::unsure(), 0) {
                Look::Contents { hash: found, .. } if found == hash => {}
                Look::Absent if folder.is_in_trash(id, at_ms) => {}
                Look::Absent | Look::Contents { .. } | Look::Unusable { .. } | Look::Same => {
                    folder.write_to_trash(id, at_ms, "-last-good", &last_good)?;
                }
            }
            folder.move_to_trash(id, at_ms, "")
        })
        .await?;
    inner.reach(Step::File)?;
    let mut tx = inner.store.db.write().await?;
    index::remove(&mut tx, id).await?;
    wishes::retire_lab(&mut tx, id).await?;
    specs::bury(&mut tx, id).await?;
    tx.commit().await?;
    inner.reach(Step::Index)?;
    inner.forget(id);
    tracing::info!(lab.id = %id, "lab.deleted");
    Ok(())
}
