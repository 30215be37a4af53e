//! Mends a lab whose file a person broke or removed, from the contents that stayed in force.

use model::LabId;

use super::folder::{Place, sha256_hex};
use super::index::{self, Contents, Entry, State};
use super::inner::{Inner, Step};
use super::settle::settle;
use super::{EditError, LabChange, LabRecord};
use crate::StoreError;

pub(super) async fn restore(inner: &Inner, id: LabId, now_ms: u64) -> Result<LabRecord, EditError> {
    let _held = inner.lock(id).await;
    let entry = settle(inner, id, now_ms)
        .await?
        .ok_or(EditError::NotFound)?;
    match entry.state {
        State::Ok => {}
        State::Broken { .. } | State::Missing => write_again(inner, &entry, now_ms).await?,
        State::Writing | State::Deleting => return Err(EditError::NotFound),
    }
    let entry = index::load(&inner.store.db, id)
        .await?
        .ok_or(EditError::NotFound)?;
    Ok(inner.record(&entry).await?)
}

/// A crash in between leaves the file missing, and restoring it can be repeated.
async fn write_again(inner: &Inner, entry: &Entry, now_ms: u64) -> Result<(), StoreError> {
    let id = entry.id;
    let lab = inner.lab(entry).await?;
    let text = index::contents(&inner.store.db, id).await?;
    let contents = text.clone();
    inner
        .in_folder(move |folder| folder.write_temp(id, &contents))
        .await?;
    inner
        .in_folder(move |folder| folder.move_to_trash(id, now_ms, "-broken"))
        .await?;
    inner.reach(Step::Temp)?;
    let stamp = inner
        .in_folder(move |folder| folder.put_in_place(id, &Place::Free, now_ms))
        .await?;
    // A person put a file there just now: theirs counts, and the next look says what it is.
    let Some(stamp) = stamp else { return Ok(()) };
    let hash = sha256_hex(text.as_bytes());
    let changed_ms = entry.changed_ms;
    let contents = Contents::new(&lab, &text, &hash, &stamp, changed_ms);
    let mut tx = inner.store.db.write().await?;
    index::set_contents(&mut tx, &contents).await?;
    tx.commit().await?;
    inner.tell(LabChange::Mended(id));
    Ok(())
}
