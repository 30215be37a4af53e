//! Every act on a lab, broken off after every step: what is found afterwards is the old state or
//! the new one, whole, and work goes on.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::path::Path;
use std::sync::PoisonError;

use model::access::Role;
use model::edit::Edit;
use model::{Lab, LabId, Revision};
use tempfile::TempDir;
use uuid::Uuid;

use super::inner::Step;
use super::{FileState, Labs};
use crate::{By, Config, NewUser, Page, Store, UserId};

const STEPS: [Step; 4] = [Step::Row, Step::Temp, Step::File, Step::Index];
const NOW: u64 = 1_000;

struct Crashing {
    labs: Labs,
    store: Store,
    user: UserId,
    lab: LabId,
    folder: TempDir,
}

impl Crashing {
    /// A lab at revision 2, named `two`, on a server that ends after `step`.
    async fn at(step: Step) -> Self {
        let folder = TempDir::new().unwrap();
        let config = Config::sqlite(folder.path().join("nova-ve.db"));
        Store::migrate(&config, NOW).await.unwrap();
        let store = Store::open(&config).await.unwrap();
        let (user, lab) = (UserId(Uuid::new_v4()), LabId(Uuid::new_v4()));
        let (username, password_hash) = ("anna".into(), "hash".into());
        let new = NewUser {
            id: user,
            username,
            password_hash,
            role: Role::Admin,
        };
        store.create_user(By::Machine, new, NOW).await.unwrap();
        let labs = open(&store, folder.path()).await;
        labs.create(Lab::new(lab, "one"), user, NOW).await.unwrap();
        labs.apply_edit(lab, None, user, rename("two"), NOW)
            .await
            .unwrap();
        let armed = labs.0.crash_at.lock();
        *armed.unwrap_or_else(PoisonError::into_inner) = Some(step);
        Self {
            labs,
            store,
            user,
            lab,
            folder,
        }
    }

    async fn restarted(self) -> Self {
        let Self {
            labs,
            store,
            user,
            lab,
            folder,
        } = self;
        drop(labs);
        let labs = open(&store, folder.path()).await;
        Self {
            labs,
            store,
            user,
            lab,
            folder,
        }
    }

    async fn state(&self) -> (u64, String) {
        let record = self.labs.get(self.lab).await.unwrap().unwrap();
        assert_eq!(record.file, FileState::Ok);
        let file = self
            .folder
            .path()
            .join("labs")
            .join(format!("{}.json", self.lab));
        let in_file: Lab = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        assert_eq!(in_file, *record.lab);
        (record.lab.revision.0, record.lab.name.clone())
    }

    async fn history(&self) -> Vec<u64> {
        let page = self.labs.edits(self.lab, &Page::default()).await.unwrap();
        page.items.iter().map(|row| row.revision.0).collect()
    }

    fn leftovers(&self) -> usize {
        let names = std::fs::read_dir(self.folder.path().join("labs")).unwrap();
        let is_temp = |name: &str| name.contains(".tmp");
        names
            .filter(|entry| is_temp(&entry.as_ref().unwrap().file_name().to_string_lossy()))
            .count()
    }
}

async fn open(store: &Store, data: &Path) -> Labs {
    Labs::open(store.clone(), data.join("labs"), uuid::Uuid::new_v4(), NOW)
        .await
        .unwrap()
}

fn rename(name: &str) -> Edit {
    Edit::SetLab {
        name: Some(name.into()),
        description: None,
    }
}

/// Whether the act is to be found done when the crash came after this step.
fn is_done_after(step: Step) -> bool {
    match step {
        Step::Row | Step::Temp => false,
        Step::File | Step::Index => true,
    }
}

#[tokio::test]
async fn an_edit_happened_whole_or_not_at_all() {
    for step in STEPS {
        let crashing = Crashing::at(step).await;
        let edit =
            crashing
                .labs
                .apply_edit(crashing.lab, None, crashing.user, rename("three"), NOW);
        edit.await.unwrap_err();
        let crashing = crashing.restarted().await;
        let (expected, history) = if is_done_after(step) {
            ((3, "three".to_owned()), vec![3, 2])
        } else {
            ((2, "two".to_owned()), vec![2])
        };
        assert_eq!(
            (crashing.state().await, crashing.history().await),
            (expected, history),
            "{step:?}"
        );
        assert_eq!(crashing.leftovers(), 0, "{step:?}");
        let last = crashing
            .labs
            .undo(crashing.lab, crashing.user, NOW)
            .await
            .unwrap();
        let before = if is_done_after(step) { "two" } else { "one" };
        assert_eq!(last.lab.name, before, "{step:?}");
    }
}

#[tokio::test]
async fn an_undo_happened_whole_or_not_at_all() {
    for step in STEPS {
        let crashing = Crashing::at(step).await;
        crashing
            .labs
            .undo(crashing.lab, crashing.user, NOW)
            .await
            .unwrap_err();
        let crashing = crashing.restarted().await;
        let words = crashing
            .labs
            .undo_words(crashing.lab, crashing.user)
            .await
            .unwrap();
        let can = (words.undo.is_some(), words.redo.is_some());
        let done = is_done_after(step);
        assert_eq!(can, (!done, done), "{step:?}");
        let expected = if done {
            (3, "one".to_owned())
        } else {
            (2, "two".to_owned())
        };
        assert_eq!(crashing.state().await, expected, "{step:?}");
    }
}

#[tokio::test]
async fn a_lab_was_made_whole_or_not_at_all() {
    for step in STEPS {
        let crashing = Crashing::at(step).await;
        let lab = Lab::new(LabId(Uuid::new_v4()), "new");
        crashing
            .labs
            .create(lab.clone(), crashing.user, NOW)
            .await
            .unwrap_err();
        assert_eq!(
            crashing.labs.get(lab.id).await.unwrap().is_some(),
            step == Step::Index
        );
        let crashing = crashing.restarted().await;
        let found = crashing.labs.get(lab.id).await.unwrap();
        assert_eq!(found.is_some(), is_done_after(step), "{step:?}");
        assert_eq!(crashing.leftovers(), 0, "{step:?}");
        if let Some(record) = found {
            assert_eq!(
                (record.owner.id, record.lab.revision),
                (crashing.user, Revision(1))
            );
        } else {
            crashing.labs.create(lab, crashing.user, NOW).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_deletion_is_finished_whenever_it_was_begun() {
    for step in [Step::Row, Step::File, Step::Index] {
        let crashing = Crashing::at(step).await;
        crashing.labs.delete(crashing.lab, NOW).await.unwrap_err();
        assert_eq!(
            crashing.labs.get(crashing.lab).await.unwrap(),
            None,
            "{step:?}"
        );
        let crashing = crashing.restarted().await;
        assert_eq!(
            crashing.labs.get(crashing.lab).await.unwrap(),
            None,
            "{step:?}"
        );
        let trash = std::fs::read_dir(crashing.folder.path().join("labs/.trash")).unwrap();
        assert_eq!(trash.count(), 1, "{step:?}");
        assert_eq!(
            crashing.store.tombstones().await.unwrap().len(),
            1,
            "{step:?}"
        );
        let again = crashing
            .labs
            .create(Lab::new(crashing.lab, "again"), crashing.user, NOW);
        again.await.unwrap();
    }
}

#[tokio::test]
async fn a_restoration_can_be_repeated() {
    {
        let step = Step::Temp;
        let crashing = Crashing::at(step).await;
        let file = crashing
            .folder
            .path()
            .join("labs")
            .join(format!("{}.json", crashing.lab));
        std::fs::write(&file, "{").unwrap();
        crashing.labs.restore(crashing.lab, NOW).await.unwrap_err();
        let crashing = crashing.restarted().await;
        let record = crashing.labs.get(crashing.lab).await.unwrap().unwrap();
        assert_eq!(
            (record.file, record.lab.name.as_str()),
            (FileState::Missing, "two")
        );
        crashing.labs.restore(crashing.lab, NOW).await.unwrap();
        assert_eq!(crashing.state().await, (2, "two".to_owned()));
    }
}

/// What a crash left is put right by the next act too, not by a restart alone.
#[tokio::test]
async fn the_next_edit_ends_what_was_broken_off() {
    for step in STEPS {
        let crashing = Crashing::at(step).await;
        let edit = |name| {
            crashing
                .labs
                .apply_edit(crashing.lab, None, crashing.user, rename(name), NOW)
        };
        edit("three").await.unwrap_err();
        *crashing
            .labs
            .0
            .crash_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
        let revision = edit("four").await.unwrap().revision.0;
        assert_eq!(
            revision,
            if is_done_after(step) { 4 } else { 3 },
            "{step:?}"
        );
        assert_eq!(crashing.state().await, (revision, "four".to_owned()));
    }
}
