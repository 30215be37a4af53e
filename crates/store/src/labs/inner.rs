//! What all work on labs shares: the folder, the database, one lock a lab, and parsed labs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use model::{Lab, LabId, Revision};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::folder::Folder;
use super::index::{self, Entry};
use super::{FileState, LabChange, LabRecord, Stray, bind, parse};
use crate::{Store, StoreError};

const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_RETRY: Duration = Duration::from_millis(20);

/// What was written last when a crash comes; tests stop the work there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Row,
    Temp,
    File,
    Index,
}

/// Revision and hash, and the contents.
type Parsed = (Revision, String, Arc<Lab>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) folder: Arc<Folder>,
    /// Never taken out again: who waits for a lock must wait for the same one as who comes later.
    locks: Mutex<BTreeMap<LabId, Arc<tokio::sync::Mutex<()>>>>,
    /// Parsed contents, each with the revision and hash it was parsed from: an entry is used only
    /// while the index still says the same.
    parsed: Mutex<BTreeMap<LabId, Parsed>>,
    changes: Mutex<Vec<LabChange>>,
    /// By file name, with the stamp they were looked at under.
    strays: Mutex<BTreeMap<String, (String, String)>>,
    #[cfg(test)]
    pub(super) crash_at: Mutex<Option<Step>>,
}

impl Inner {
    pub(super) async fn open(
        store: Store,
        folder: PathBuf,
        fresh: Uuid,
    ) -> Result<Self, StoreError> {
        let folder = Arc::new(take(folder).await?);
        bind::bind(&store, &folder, fresh).await?;
        Ok(Self {
            store,
            folder,
            locks: Mutex::default(),
            parsed: Mutex::default(),
            changes: Mutex::default(),
            strays: Mutex::default(),
            #[cfg(test)]
            crash_at: Mutex::default(),
        })
    }

    /// Held while a lab is looked at and written.
    pub(super) async fn lock(&self, id: LabId) -> OwnedMutexGuard<()> {
        let lock = held(&self.locks).entry(id).or_default().clone();
        lock.lock_owned().await
    }

    /// Work on the folder, off the async threads: a sync can take long.
    pub(super) async fn in_folder<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Folder) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let folder = self.folder.clone();
        on_disk(move || work(&folder)).await
    }

    pub(super) async fn record(&self, row: &Entry) -> Result<LabRecord, StoreError> {
        Ok(LabRecord {
            lab: self.lab(row).await?,
            owner: row.owner.clone(),
            file: row.state.file(),
            changed_ms: row.changed_ms,
        })
    }

    /// The contents in force.
    pub(super) async fn lab(&self, row: &Entry) -> Result<Arc<Lab>, StoreError> {
        if let Some((revision, hash, lab)) = held(&self.parsed).get(&row.id)
            && (*revision, hash) == (row.revision, &row.hash)
        {
            return Ok(lab.clone());
        }
        let contents = index::contents(&self.store.db, row.id).await?;
        let mut lab = parse::trusted(&contents)?;
        lab.revision = row.revision;
        Ok(self.remember(lab, &row.hash))
    }

    pub(super) fn remember(&self, lab: Lab, hash: &str) -> Arc<Lab> {
        let lab = Arc::new(lab);
        let entry = (lab.revision, hash.to_owned(), lab.clone());
        held(&self.parsed).insert(lab.id, entry);
        lab
    }

    pub(super) fn forget(&self, id: LabId) {
        held(&self.parsed).remove(&id);
    }

    pub(super) fn tell(&self, change: LabChange) {
        held(&self.changes).push(change);
    }

    pub(super) fn take_changes(&self) -> Vec<LabChange> {
        std::mem::take(&mut *held(&self.changes))
    }

    pub(super) fn strays(&self) -> Vec<Stray> {
        let strays = held(&self.strays);
        let stray = |(file, (_, why)): (&String, &(String, String))| Stray {
            file: file.clone(),
            why: why.clone(),
        };
        strays.iter().map(stray).collect()
    }

    pub(super) fn known_strays(&self) -> MutexGuard<'_, BTreeMap<String, (String, String)>> {
        held(&self.strays)
    }

    /// A test may end the work here, as a crash would.
    #[cfg(test)]
    pub(super) fn reach(&self, step: Step) -> Result<(), StoreError> {
        match *held(&self.crash_at) {
            Some(end) if end == step => Err(StoreError::Crashed),
            Some(_) | None => Ok(()),
        }
    }

    #[cfg(not(test))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the tests' one can fail"
    )]
    pub(super) fn reach(&self, _step: Step) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Runs work on a task of its own, so that a caller that goes away (a closed connection) does not
/// break it off halfway.
pub(super) async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(work).await.map_err(|error| {
        tracing::error!(%error, "work on a lab broke off");
        StoreError::BrokenOff
    })
}

/// A server that is just ending still holds the folder for a moment; the new one waits for it.
async fn take(path: PathBuf) -> Result<Folder, StoreError> {
    let deadline = Instant::now() + LOCK_PATIENCE;
    loop {
        let path = path.clone();
        match on_disk(move || Folder::open(path)).await {
            Err(StoreError::FolderInUse { .. }) if Instant::now() < deadline => {
                tokio::time::sleep(LOCK_RETRY).await;
            }
            outcome => return outcome,
        }
    }
}

pub(super) async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| {
        tracing::error!(%error, "work on the labs folder broke off");
        StoreError::BrokenOff
    })?
}

/// The maps are whole at every moment, so a panic of a holder does not spoil them.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl index::State {
    fn file(&self) -> FileState {
        match self {
            Self::Writing | Self::Ok | Self::Deleting => FileState::Ok,
            Self::Broken { why } => FileState::Broken { why: why.clone() },
            Self::Missing => FileState::Missing,
        }
    }
}
