//! A look at the whole folder: what changed is settled, what is new is taken in.
//!
//! Unchanged files cost one `lstat` each. A file is taken in when it is a valid lab under its own
//! name; its owner is the first administrator, because nobody else is known to have made it.

use std::collections::BTreeMap;

use model::{Lab, LabId, Revision};

use super::folder::{Listed, Look, Stamp};
use super::index::{self, Contents, Known, State};
use super::inner::Inner;
use super::settle::settle;
use super::{LabChange, parse};
use crate::{StoreError, specs, users};

/// Not the file's fault, so the file need not change for another try.
const NOBODY: &str = "nobody can own it yet; run `nova-ve-server seed`";

pub(super) async fn rescan(inner: &Inner, now_ms: u64) -> Result<(), StoreError> {
    let listed = inner.in_folder(move |folder| folder.list(now_ms)).await?;
    let known = index::known(&inner.store.db).await?;
    let mut unknown: BTreeMap<String, Listed> = listed
        .into_iter()
        .map(|file| (file.name.clone(), file))
        .collect();
    for lab in known {
        let file = unknown.remove(&format!("{}.json", lab.id));
        if needs_a_look(&lab, file.as_ref()) {
            let _held = inner.lock(lab.id).await;
            if let Err(error) = settle(inner, lab.id, now_ms).await {
                // One lab's trouble must not hide the others' changes.
                tracing::error!(lab.id = %lab.id, %error, "lab.settle failed");
            }
        }
    }
    take_in(inner, unknown, now_ms).await
}

fn needs_a_look(lab: &Known, file: Option<&Listed>) -> bool {
    let begun = lab.pending || matches!(lab.state, State::Writing | State::Deleting);
    let unchanged = match file {
        Some(file) => file.stamp.is_sure() && file.stamp == lab.stamp,
        None => lab.state == State::Missing,
    };
    begun || !unchanged
}

/// Files without a row. Those that are no labs are told once, and again when they change.
async fn take_in(
    inner: &Inner,
    unknown: BTreeMap<String, Listed>,
    now_ms: u64,
) -> Result<(), StoreError> {
    inner
        .known_strays()
        .retain(|name, _| unknown.contains_key(name));
    for (name, file) in unknown {
        let told = inner.known_strays().get(&name).cloned();
        let stamp = file.stamp.to_string();
        if told
            .as_ref()
            .is_some_and(|(before, _)| file.stamp.is_sure() && *before == stamp)
        {
            continue;
        }
        let outcome = match file.id {
            Some(id) => adopt(inner, id, now_ms).await?,
            None => Err("a lab's file is named <uuid>.json in small letters; rename it".into()),
        };
        match outcome {
            Ok(()) => drop(inner.known_strays().remove(&name)),
            Err(why) => {
                if told.is_none_or(|(_, before)| before != why) {
                    tracing::warn!(file = name, why, "labs.stray");
                }
                let stamp = if why == NOBODY { String::new() } else { stamp };
                inner.known_strays().insert(name, (stamp, why));
            }
        }
    }
    Ok(())
}

/// Takes a file in as a lab, or says why it is none.
async fn adopt(inner: &Inner, id: LabId, now_ms: u64) -> Result<Result<(), String>, StoreError> {
    let _held = inner.lock(id).await;
    if index::load(&inner.store.db, id).await?.is_some() {
        // Created between the listing and the lock.
        return Ok(Ok(()));
    }
    let look = inner.in_folder(move |folder| Ok(folder.look(id, &Stamp::unsure(), now_ms)));
    let (text, hash, stamp) = match look.await? {
        Look::Contents { text, hash, stamp } => (text, hash, stamp),
        Look::Unusable { why, .. } => return Ok(Err(why)),
        Look::Absent | Look::Same => return Ok(Ok(())),
    };
    let lab = match parse::lab(&text, id) {
        Ok(lab) => Lab {
            revision: lab.revision.max(Revision(1)),
            ..lab
        },
        Err(why) => return Ok(Err(why)),
    };
    let contents = Contents::new(&lab, &text, &hash, &stamp, now_ms);
    if !insert(inner, &contents).await? {
        return Ok(Err(NOBODY.into()));
    }
    tracing::info!(lab.id = %id, lab.name = lab.name, "lab.appeared");
    inner.remember(lab, &hash);
    inner.tell(LabChange::Appeared(id));
    Ok(Ok(()))
}

/// `false`: there is no administrator to own it.
async fn insert(inner: &Inner, contents: &Contents<'_>) -> Result<bool, StoreError> {
    let mut tx = inner.store.db.write().await?;
    let Some(owner) = users::first_admin(&mut tx).await? else {
        return Ok(false);
    };
    index::insert(&mut tx, owner, &State::Ok, contents).await?;
    specs::unbury(&mut tx, contents.lab.id).await?;
    tx.commit().await?;
    Ok(true)
}
