//! What is open: every stream and WebSocket, by whose credential and right. Each ends when either
//! does.
//!
//! ```text
//! App::stay ─▶ Stay, held by the stream ─drop─▶ forgotten
//!                └─ ended by `App::check_live`: the credential or the right is gone, or the server stops
//! ```
//! `check_live` asks the database. It runs when something here took a right away, and every second,
//! since sessions also end by the clock or by `nova-ve-server user reset`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

use model::LabId;
use model::access::Action;
use store::Key;
use tokio_util::sync::CancellationToken;

use super::{Caller, IDLE_MS};
use crate::app::App;
use crate::error::Error;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub struct Live(Arc<Open>);

#[derive(Debug)]
struct Open {
    /// Cancelled when the server stops.
    stopping: CancellationToken,
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    next: u64,
    by_number: BTreeMap<u64, Arc<Entry>>,
}

#[derive(Debug)]
struct Entry {
    caller: Caller,
    /// What in which lab; `None`: the stream asks for itself what it may tell.
    lab: Option<(LabId, Action)>,
    /// Counts among the streams of its user.
    is_stream: bool,
    end: CancellationToken,
    why: OnceLock<Why>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    SessionEnded,
    RightEnded,
}

/// The leave to go on, for as long as it is held.
#[derive(Debug)]
pub struct Stay {
    number: u64,
    entry: Arc<Entry>,
    open: Arc<Open>,
}

impl Stay {
    /// Resolves when the stream must end. Cancel-safe.
    pub async fn ended(&self) {
        self.entry.end.cancelled().await;
    }

    /// The answer to a request that was ended in its middle.
    pub fn refusal(&self) -> Error {
        match self.entry.why.get() {
            Some(Why::SessionEnded) => Error::Unauthenticated,
            Some(Why::RightEnded) => Error::Forbidden {
                act: "go on: your right to this lab has ended",
            },
            None => Error::Stopping,
        }
    }

    /// Why it must, in words for a person.
    pub fn why(&self) -> &'static str {
        match self.entry.why.get() {
            Some(Why::SessionEnded) => "the session has ended",
            Some(Why::RightEnded) => "your right to this lab has ended",
            None => "the server stops",
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut entries = self.open.entries.lock().expect("no holder panics");
        entries.by_number.remove(&self.number);
    }
}

impl Live {
    pub fn new(stopping: CancellationToken) -> Self {
        Self(Arc::new(Open {
            stopping,
            entries: Mutex::default(),
        }))
    }

    /// One more stream of the caller, who may have `limit`.
    fn enter(
        &self,
        caller: &Caller,
        lab: Option<(LabId, Action)>,
        limit: usize,
    ) -> Result<Stay, Error> {
        let mut entries = self.0.entries.lock().expect("no holder panics");
        let of_user =
            |entry: &&Arc<Entry>| entry.is_stream && entry.caller.user.id == caller.user.id;
        if entries.by_number.values().filter(of_user).count() >= limit {
            return Err(Error::TooManyStreams { limit });
        }
        let is_stream = true;
        Ok(self.add(&mut entries, self.entry(caller, lab, is_stream)))
    }

    /// For what lasts as long as the session, and is no stream itself.
    pub fn stay_beside(&self, caller: &Caller) -> Stay {
        let is_stream = false;
        let mut entries = self.0.entries.lock().expect("no holder panics");
        self.add(&mut entries, self.entry(caller, None, is_stream))
    }

    fn entry(&self, caller: &Caller, lab: Option<(LabId, Action)>, is_stream: bool) -> Arc<Entry> {
        Arc::new(Entry {
            caller: caller.clone(),
            lab,
            is_stream,
            end: self.0.stopping.child_token(),
            why: OnceLock::new(),
        })
    }

    fn add(&self, entries: &mut Entries, entry: Arc<Entry>) -> Stay {
        entries.next += 1;
        let number = entries.next;
        entries.by_number.insert(number, entry.clone());
        Stay {
            number,
            entry,
            open: self.0.clone(),
        }
    }

    fn all(&self) -> Vec<Arc<Entry>> {
        let entries = self.0.entries.lock().expect("no holder panics");
        entries.by_number.values().cloned().collect()
    }
}

impl Entry {
    fn end(&self, why: Why) {
        // The first reason stands.
        let _ = self.why.set(why);
        self.end.cancel();
    }
}

impl App {
    /// The leave to keep a stream open that shows or does `action` in the lab. Looked at once more
    /// right away: the right may have gone while the stream was being opened.
    pub async fn stay(&self, caller: &Caller, lab: LabId, action: Action) -> Result<Stay, Error> {
        let stay = self.enter(caller, Some((lab, action)))?;
        self.check_one(&stay.entry).await?;
        Ok(stay)
    }

    /// The same for a stream that asks for itself what it may tell.
    pub async fn stay_logged_in(&self, caller: &Caller) -> Result<Stay, Error> {
        let stay = self.enter(caller, None)?;
        self.check_one(&stay.entry).await?;
        Ok(stay)
    }

    fn enter(&self, caller: &Caller, lab: Option<(LabId, Action)>) -> Result<Stay, Error> {
        self.live
            .enter(caller, lab, self.config.border.streams_a_user)
    }

    async fn check_one(&self, entry: &Entry) -> Result<(), Error> {
        if !self.lives(entry.caller.key).await? {
            return Err(Error::Unauthenticated);
        }
        match entry.lab {
            Some((lab, action)) => self.lab_for(&entry.caller, lab, action).await.map(drop),
            None => Ok(()),
        }
    }

    /// Ends every stream whose credential or right is gone.
    pub async fn check_live(&self) -> Result<(), Error> {
        let entries = self.live.all();
        let keys: BTreeSet<Key> = entries.iter().map(|entry| entry.caller.key).collect();
        let mut living = BTreeSet::new();
        for key in keys {
            if self.lives(key).await? {
                living.insert(key);
            }
        }
        let labs = entries.iter().filter_map(|entry| entry.lab);
        let labs: BTreeSet<LabId> = labs.map(|(lab, _)| lab).collect();
        let mut accesses = BTreeMap::new();
        for lab in labs {
            if let Some(access) = self.store.lab_access(lab).await? {
                accesses.insert(lab, access);
            }
        }
        for entry in entries {
            let may = entry.lab.is_none_or(|(lab, action)| {
                let access = accesses.get(&lab);
                access.is_some_and(|access| entry.caller.may(access, action))
            });
            if !living.contains(&entry.caller.key) {
                entry.end(Why::SessionEnded);
            } else if !may {
                entry.end(Why::RightEnded);
            }
        }
        Ok(())
    }

    /// Whether the session or token is still good. An open socket alone is no use of it: a
    /// forgotten tab would keep it for ever.
    async fn lives(&self, key: Key) -> Result<bool, Error> {
        let now_ms = self.clock.now_ms();
        Ok(match key {
            Key::Session(key) => self.store.session_lives(&key, now_ms, IDLE_MS).await?,
            Key::Token(key) => self.store.token_lives(&key, now_ms).await?,
        })
    }
}
