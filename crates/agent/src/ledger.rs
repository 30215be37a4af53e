//! The wishes this agent was given, on the disk: one file a lab, and the controllers it takes them from.
//!
//! An older generation, or other contents under the same one, is refused. Labs that a wish does not
//! name stay as they are; a tombstone alone removes, and is kept so that an older wish cannot bring
//! the lab back. A file that cannot be read freezes its lab: it is shown broken, nothing of it is
//! touched, and no wish for it is taken until a person has looked. A wish that was taken once and asks
//! for more than the host allows now is held back: nothing of it is touched until a wish is taken that
//! may be carried out.

mod controllers;
mod entry;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use agent_api::reserve::{Reserve, is_full};
use agent_api::spec::compare;
use agent_api::{ApplyOutcome, LabEntry};
use model::names::{LabHash, Names};
use model::spec::{LabSpec, RunWish};
use model::{InstanceId, LabId};

use crate::file::remove_half_written;
use entry::Page;

pub use controllers::{Controllers, accept};

/// No lab has a name like it.
const RESERVE: &str = ".reserve";

#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("cannot read the ledger {0}")]
    Read(PathBuf, #[source] std::io::Error),
    #[error("cannot write {0}: {1}; free space on its disk and the next wish is kept")]
    Write(PathBuf, std::io::Error),
    #[error(
        "{0} cannot be understood: {1}; restore it from a backup, or remove it to have the next server taken as the first"
    )]
    Controllers(PathBuf, serde_json::Error),
}

/// What is known of one lab.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Known {
        wish: Arc<LabEntry>,
        /// A tombstone whose lab is gone to the last object.
        fulfilled: bool,
    },
    /// Its file cannot be read: why.
    Frozen(String),
}

#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    instance: InstanceId,
    labs: BTreeMap<LabId, Entry>,
    /// Labs whose wish may no longer be carried out: why.
    held_back: BTreeMap<LabId, Vec<String>>,
    /// For wishes that make room.
    reserve: Reserve,
}

/// A wish on its way to the disk, and what it took the place of if it counts already.
#[derive(Debug)]
pub struct Keeping {
    lab: LabId,
    path: PathBuf,
    page: Option<Page>,
    entry: Entry,
    before: Option<Entry>,
    held_back: Option<Vec<String>>,
}

impl Keeping {
    /// Waits for the disk; the ledger may be read meanwhile.
    pub fn finish(&self) -> Result<(), LedgerError> {
        let placed = self.page.as_ref().map_or(Ok(()), Page::put_in_place);
        placed.map_err(|error| LedgerError::Write(self.path.clone(), error))
    }
}

impl Ledger {
    /// Reads every lab's file; one that is broken breaks its lab alone.
    pub fn open(folder: &Path, instance: InstanceId) -> Result<Self, LedgerError> {
        let failed = |error| LedgerError::Read(folder.into(), error);
        if let Err(error) = remove_half_written(folder) {
            tracing::warn!(%error, "a half-written wish cannot be removed, it is left alone");
        }
        let mut labs = BTreeMap::new();
        for file in std::fs::read_dir(folder).map_err(failed)? {
            let path = file.map_err(failed)?.path();
            if let Some(lab) = entry::lab_of(&path) {
                labs.insert(lab, entry::read(&path));
            }
        }
        Ok(Self {
            folder: folder.into(),
            instance,
            labs,
            held_back: BTreeMap::new(),
            reserve: Reserve::at(folder.join(RESERVE)),
        })
    }

    /// Holds back every wish of an earlier agent that there are refusals for now.
    pub fn hold_back(&mut self, refusals: impl Fn(&LabSpec) -> Vec<String>) {
        let judged = self.labs.iter().filter_map(|(id, entry)| match entry {
            Entry::Known { wish, .. } => match &**wish {
                LabEntry::Present { spec, .. } => Some((*id, refusals(spec))),
                LabEntry::Tombstone { .. } => None,
            },
            Entry::Frozen(_) => None,
        });
        self.held_back = judged.filter(|(_, why)| !why.is_empty()).collect();
        for (lab, why) in &self.held_back {
            tracing::warn!(lab.id = %lab, ?why, "lab.held_back");
        }
    }

    /// Why the lab's wish is not carried out.
    pub fn held_back(&self, lab: LabId) -> Option<&[String]> {
        self.held_back.get(&lab).map(Vec::as_slice)
    }

    pub fn labs(&self) -> impl Iterator<Item = (LabId, &Entry)> {
        self.labs.iter().map(|(id, entry)| (*id, entry))
    }

    pub fn get(&self, lab: LabId) -> Option<&Entry> {
        self.labs.get(&lab)
    }

    /// Whether the wish would be taken; nothing is written.
    pub fn judge(&self, lab: LabId, wish: &LabEntry) -> ApplyOutcome {
        let have = match self.labs.get(&lab) {
            Some(Entry::Frozen(why)) => {
                return ApplyOutcome::Invalid {
                    problems: vec![frozen(why)],
                };
            }
            Some(Entry::Known { wish, .. }) => Some(&**wish),
            None => None,
        };
        match self.taken_by(lab) {
            Some(by) => ApplyOutcome::HashTaken { by },
            None => match (compare(have, wish), self.held_back(lab)) {
                // What is refused of the wish is said as often as it is asked for.
                (ApplyOutcome::Unchanged, Some(why)) => ApplyOutcome::Forbidden {
                    problems: why.to_vec(),
                },
                (outcome, _) => outcome,
            },
        }
    }

    /// A wish that [`Ledger::judge`] accepted, with space for it on the disk, where it is when
    /// [`Keeping::finish`] has come to its end. It counts from [`Ledger::count`] on. One at a time.
    pub fn prepare(&self, lab: LabId, wish: LabEntry) -> Result<Keeping, LedgerError> {
        let entry = Entry::Known {
            wish: Arc::new(wish),
            fulfilled: false,
        };
        let path = self.folder.join(format!("{lab}.json"));
        let page = match Page::with_space(&path, &entry) {
            Err(error) if is_full(&error) && self.makes_room(lab, &entry) => {
                self.with_reserve(error, || Page::with_space(&path, &entry))
            }
            outcome => outcome,
        };
        let page = page.map_err(|error| LedgerError::Write(path.clone(), error))?;
        Ok(Keeping {
            lab,
            path,
            page,
            entry,
            before: None,
            held_back: None,
        })
    }

    pub fn count(&mut self, keeping: &mut Keeping) {
        keeping.before = self.labs.insert(keeping.lab, keeping.entry.clone());
        keeping.held_back = self.held_back.remove(&keeping.lab);
    }

    /// Whether a node's data goes when this is carried out.
    pub fn ends_data(&self, keeping: &Keeping) -> bool {
        let wish = match &keeping.entry {
            Entry::Known { wish, .. } => spec_of(wish),
            Entry::Frozen(_) => None,
        };
        let Some(wish) = wish else { return true };
        let before = match self.labs.get(&keeping.lab) {
            Some(Entry::Known { wish, .. }) => spec_of(wish),
            Some(Entry::Frozen(_)) | None => None,
        };
        let mut nodes = before.into_iter().flat_map(|before| &before.nodes);
        nodes.any(|(id, node)| {
            let wanted = wish.nodes.get(id);
            wanted.is_none_or(|wanted| wanted.wipe != node.wipe)
        })
    }

    /// The disk did not take it: what counted before counts again.
    pub fn take_back(&mut self, keeping: Keeping) {
        match keeping.before {
            Some(before) => drop(self.labs.insert(keeping.lab, before)),
            None => drop(self.labs.remove(&keeping.lab)),
        }
        if let Some(why) = keeping.held_back {
            self.held_back.insert(keeping.lab, why);
        }
    }

    /// The lab of this tombstone is gone. False where another wish came meanwhile; it is not touched.
    pub fn fulfil(&mut self, lab: LabId, tombstone: &LabEntry) -> Result<bool, LedgerError> {
        let Some(Entry::Known { wish, fulfilled }) = self.labs.get(&lab) else {
            return Ok(false);
        };
        if **wish != *tombstone {
            return Ok(false);
        }
        if !fulfilled {
            tracing::info!(lab.id = %lab, "lab.removed");
            let wish = wish.clone();
            self.write(
                lab,
                Entry::Known {
                    wish,
                    fulfilled: true,
                },
            )?;
        }
        Ok(true)
    }

    /// Whether the wish asks for no more than the one before: nodes stop, are wiped or go.
    fn makes_room(&self, lab: LabId, wish: &Entry) -> bool {
        let Entry::Known { wish, .. } = wish else {
            return false;
        };
        let Some(wish) = spec_of(wish) else {
            return true;
        };
        let Some(Entry::Known { wish: before, .. }) = self.labs.get(&lab) else {
            return false;
        };
        spec_of(before).is_some_and(|before| {
            wish.nodes.iter().all(|(id, node)| {
                let was = before.nodes.get(id).map(|before| before.run);
                node.run == RunWish::Off || was == Some(node.run)
            })
        })
    }

    /// Once more, with the room that was kept for this.
    fn with_reserve<T>(&self, full: io::Error, write: impl Fn() -> io::Result<T>) -> io::Result<T> {
        if self.reserve.give_up() {
            write()
        } else {
            Err(full)
        }
    }

    pub fn reserve(&self) -> Reserve {
        self.reserve.clone()
    }

    fn write(&mut self, lab: LabId, entry: Entry) -> Result<(), LedgerError> {
        let path = self.folder.join(format!("{lab}.json"));
        let write = || {
            let page = Page::with_space(&path, &entry)?;
            page.map_or(Ok(()), |page| page.put_in_place())
        };
        let written = match write() {
            Err(error) if is_full(&error) => self.with_reserve(error, write),
            outcome => outcome,
        };
        written.map_err(|error| LedgerError::Write(path, error))?;
        self.labs.insert(lab, entry);
        self.held_back.remove(&lab);
        Ok(())
    }

    /// Another lab that still has objects here under the same hash.
    fn taken_by(&self, lab: LabId) -> Option<LabId> {
        let hash = self.hash(lab);
        let others = self.labs.iter().filter(|(other, entry)| {
            **other != lab
                && !matches!(
                    entry,
                    Entry::Known {
                        fulfilled: true,
                        ..
                    }
                )
        });
        others
            .map(|(other, _)| *other)
            .find(|other| self.hash(*other) == hash)
    }

    fn hash(&self, lab: LabId) -> LabHash {
        Names::new(&self.instance, lab).hash
    }
}

fn spec_of(wish: &LabEntry) -> Option<&LabSpec> {
    match wish {
        LabEntry::Present { spec, .. } => Some(spec),
        LabEntry::Tombstone { .. } => None,
    }
}

fn frozen(why: &str) -> String {
    format!("the lab is frozen on this host: {why}")
}

#[cfg(test)]
#[path = "ledger/tests.rs"]
mod tests;
