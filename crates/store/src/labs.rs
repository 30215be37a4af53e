//! The lab files `labs/<uuid>.json` and their index.
//!
//! The file is the truth about a lab; the index is what SQL knows of it: owner, revision, history,
//! and the last good contents, which stay in force while the file is broken or missing. One process
//! holds the folder, one writer at a time holds a lab. A person may change, break, remove and add
//! files at any time; `rescan` and every edit look before they act.
//!
//! ```text
//!              create                            file changed by hand into something invalid
//! (nothing) ─▶ writing ─▶ ok ◀────────────────▶ broken
//!     ▲                   │  ◀────────────────▶ missing      file removed by hand, put back
//!     └──── deleting ◀────┴─ delete (from any)
//! ```
//!
//! **What a crash leaves.** Writing goes: row in SQL → temporary file, synced → rename, folder synced
//! → index. `settle` looks at row and file and ends what was begun, or forgets it:
//!
//! | broken off after | found | outcome |
//! |---|---|---|
//! | the row of an edit | file as the index knows it, a row above its revision | the row is dropped: it never happened |
//! | the temporary file | the same, and a `.tmp` | the same; the `.tmp` is removed |
//! | the exchange with the old file | as after the rename, and a `.tmp` | as after the rename; the `.tmp` is removed |
//! | the rename | file with the row's hash | the index follows: the edit happened, undo knows it |
//! | the row of a creation | a row `writing`, no file | the row is dropped |
//! | a creation's rename | a row `writing`, the file | the lab is there |
//! | the mark of a deletion | a row `deleting`, with or without file | the deletion is finished |

mod bind;
mod commit;
mod create;
mod delete;
mod edit;
mod folder;
mod history;
mod index;
mod inner;
mod parse;
mod restore;
mod scan;
mod settle;
mod touch;
mod undo;
mod verdict;
mod words;

#[cfg(test)]
mod crash_tests;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use model::edit::Edit;
use model::{Lab, LabId, Problem, Revision};
use uuid::Uuid;

use crate::{Page, Paged, Store, StoreError, User, UserId};

pub use edit::EditError;
pub(crate) use folder::sha256_hex;
pub use folder::{MAX_LAB_BYTES, TRASH_KEPT_MS};
pub use history::{EditRow, Kind as EditKind};
use inner::Inner;
pub use undo::InTheWay;

/// A member makes no more than these; what somebody leaves to him may be above it. Each lab costs a
/// look at its file every second or two, and one of 65 536 hashes.
pub const LABS_MAX: u64 = 500;

/// The labs folder. Cheap to clone. What is begun is ended also when the caller goes away.
#[derive(Debug, Clone)]
pub struct Labs(Arc<Inner>);

/// A lab as it is in force.
#[derive(Debug, Clone, PartialEq)]
pub struct LabRecord {
    /// The last good contents, at the revision in force.
    pub lab: Arc<Lab>,
    pub owner: User,
    pub file: FileState,
    pub changed_ms: u64,
}

/// What became of a lab's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    Ok,
    /// No valid lab any more; the last good contents stay in force.
    Broken {
        why: String,
    },
    /// Gone; the last good contents stay in force.
    Missing,
}

/// What an edit, an undo or a redo gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    pub lab: Arc<Lab>,
    pub revision: Revision,
    /// As it was applied: for an undo, the inverse.
    pub edit: Edit,
    /// `add of node r1`.
    pub words: String,
}

/// Words for the buttons; `None`: the button would do nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UndoWords {
    pub undo: Option<String>,
    pub redo: Option<String>,
}

/// What `rescan` found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabChange {
    /// A new file was put into the folder.
    Appeared(LabId),
    /// Changed by hand, or by a write that a crash had hidden.
    Changed {
        lab: LabId,
        revision: Revision,
    },
    Broken {
        lab: LabId,
        why: String,
    },
    Missing(LabId),
    /// The file is good again, with the contents that were in force.
    Mended(LabId),
}

/// A file in the folder that is no lab and never was one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    pub file: String,
    pub why: String,
}

/// A text as the lab `id`, or why it is none.
pub(crate) fn lab_in(text: &str, id: LabId) -> Result<Lab, String> {
    parse::lab(text, id)
}

#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("a lab with the id {0} is there already; give the new one another id")]
    Exists(LabId),
    #[error("the lab is not valid: {}", parse::first_problems(.0))]
    Invalid(Vec<Problem>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Labs {
    /// Takes the folder for this process, ends what a crash broke off, and looks at every file.
    /// Refuses a folder that is not the database's; `fresh` becomes the id of one that has none.
    pub async fn open(
        store: Store,
        folder: PathBuf,
        fresh: Uuid,
        now_ms: u64,
    ) -> Result<Self, StoreError> {
        let labs = Self(Arc::new(Inner::open(store, folder, fresh).await?));
        scan::rescan(&labs.0, now_ms).await?;
        Ok(labs)
    }

    /// A new lab, at revision 1.
    pub async fn create(
        &self,
        lab: Lab,
        owner: UserId,
        now_ms: u64,
    ) -> Result<LabRecord, CreateError> {
        let inner = self.0.clone();
        inner::to_the_end(async move { create::create(&inner, lab, owner, now_ms).await }).await?
    }

    /// Every lab, whoever owns it.
    pub async fn ids(&self) -> Result<BTreeSet<LabId>, StoreError> {
        index::ids(&self.0.store.db).await
    }

    pub async fn get(&self, id: LabId) -> Result<Option<LabRecord>, StoreError> {
        match index::load(&self.0.store.db, id).await? {
            Some(row) if row.state.is_visible() => self.0.record(&row).await.map(Some),
            Some(_) | None => Ok(None),
        }
    }

    /// By name; all, or those that are `viewer`'s or shared with him.
    pub async fn list(
        &self,
        viewer: Option<UserId>,
        page: &Page,
    ) -> Result<Paged<LabRecord>, StoreError> {
        let Paged { items, next } = index::list(&self.0.store.db, viewer, page).await?;
        let mut records = Vec::with_capacity(items.len());
        for row in items {
            match self.0.record(&row).await {
                Ok(record) => records.push(record),
                // One damaged row must not take the whole page away.
                Err(error) => tracing::error!(lab.id = %row.id, %error, "lab.read failed"),
            }
        }
        Ok(Paged {
            items: records,
            next,
        })
    }

    /// Applies an edit, whole or not at all. `expected` is the revision the author saw; `None` for
    /// acts that do not depend on it, like the cut of a link.
    pub async fn apply_edit(
        &self,
        id: LabId,
        expected: Option<Revision>,
        author: UserId,
        edit: Edit,
        now_ms: u64,
    ) -> Result<Edited, EditError> {
        let inner = self.0.clone();
        let work =
            async move { edit::apply_edit(&inner, id, expected, author, edit, now_ms).await };
        inner::to_the_end(work).await?
    }

    /// Takes back the user's own last edit that is not taken back yet.
    pub async fn undo(&self, id: LabId, user: UserId, now_ms: u64) -> Result<Edited, EditError> {
        let inner = self.0.clone();
        inner::to_the_end(async move { undo::undo(&inner, id, user, now_ms).await }).await?
    }

    /// Takes back the user's own last undo. A new edit of the user ends the chance to.
    pub async fn redo(&self, id: LabId, user: UserId, now_ms: u64) -> Result<Edited, EditError> {
        let inner = self.0.clone();
        inner::to_the_end(async move { undo::redo(&inner, id, user, now_ms).await }).await?
    }

    pub async fn undo_words(&self, id: LabId, user: UserId) -> Result<UndoWords, StoreError> {
        history::words(&self.0.store.db, id, user).await
    }

    /// The lab's history, newest first.
    pub async fn edits(&self, id: LabId, page: &Page) -> Result<Paged<EditRow>, StoreError> {
        history::page(&self.0.store.db, id, page).await
    }

    /// The file goes to the trash folder, the nodes' wishes are switched off, a tombstone tells the
    /// agents. `false`: there is no such lab.
    pub async fn delete(&self, id: LabId, now_ms: u64) -> Result<bool, StoreError> {
        let inner = self.0.clone();
        inner::to_the_end(async move { delete::delete(&inner, id, now_ms).await }).await?
    }

    /// Writes the last good contents again over a broken or missing file; a broken one goes to the
    /// trash folder.
    pub async fn restore(&self, id: LabId, now_ms: u64) -> Result<LabRecord, EditError> {
        let inner = self.0.clone();
        inner::to_the_end(async move { restore::restore(&inner, id, now_ms).await }).await?
    }

    /// Looks at the folder; called every second or two. Gives everything that changed by itself
    /// since the last call, also what an edit stumbled upon.
    pub async fn rescan(&self, now_ms: u64) -> Result<Vec<LabChange>, StoreError> {
        let inner = self.0.clone();
        inner::to_the_end(async move { scan::rescan(&inner, now_ms).await }).await??;
        Ok(self.0.take_changes())
    }

    /// Empties the trash of what has lain there for `TRASH_KEPT_MS`; called once a day. How many files
    /// went.
    pub async fn prune_trash(&self, now_ms: u64) -> Result<u64, StoreError> {
        let work = move |folder: &folder::Folder| folder.prune_trash(now_ms);
        self.0.in_folder(work).await
    }

    /// Files that are no labs and never were, as the last scan found them.
    pub fn strays(&self) -> Vec<Stray> {
        self.0.strays()
    }
}
