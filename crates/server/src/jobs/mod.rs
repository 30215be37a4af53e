//! Jobs: long work that somebody asked for, watched until it has come true.
//!
//! ```text
//! begin ─▶ running ─▶ succeeded | failed (some node failed) | cancelled (by a person, or another wish came)
//! ```
//! A job does nothing itself: the wish does. It holds what was wished for each node and compares it
//! with what the agent reports (`progress`, pure). Jobs that run lie in memory and, against a crash,
//! in the store; jobs that ended lie in the store for a day.

mod operations;
mod progress;

use std::collections::BTreeMap;
use std::sync::Mutex;

use api::job::{Job, JobState};
use model::spec::RunWishes;
use serde::{Deserialize, Serialize};
use store::{JobRow, UserId};
use tokio::sync::watch;
use uuid::Uuid;

pub use progress::{Seen, advance, was_started};

/// A job with what it waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobRecord {
    pub job: Job,
    /// `None` in jobs of an older program.
    #[serde(skip)]
    pub asked_by: Option<UserId>,
    pub wishes: RunWishes,
}

/// Jobs that run.
#[derive(Debug)]
pub struct Jobs {
    running: Mutex<BTreeMap<Uuid, JobRecord>>,
    /// Raised with every change, for those who wait.
    changed: watch::Sender<u64>,
    /// Who changes a job that runs holds this, so that a cancel is not overwritten.
    turn: tokio::sync::Mutex<()>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            changed: watch::channel(0).0,
            turn: tokio::sync::Mutex::default(),
        }
    }
}

impl Jobs {
    pub fn put(&self, record: JobRecord) {
        let mut running = self.running.lock().expect("no holder panics");
        match record.job.state {
            JobState::Running => running.insert(record.job.id, record),
            JobState::Succeeded | JobState::Failed { .. } | JobState::Cancelled => {
                running.remove(&record.job.id)
            }
        };
        drop(running);
        self.changed.send_modify(|count| *count += 1);
    }

    pub fn get(&self, id: Uuid) -> Option<JobRecord> {
        let running = self.running.lock().expect("no holder panics");
        running.get(&id).cloned()
    }

    pub fn running(&self) -> Vec<JobRecord> {
        let running = self.running.lock().expect("no holder panics");
        running.values().cloned().collect()
    }

    /// One change of running jobs at a time.
    pub async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    pub fn watch(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}

impl JobRecord {
    pub fn is_running(&self) -> bool {
        self.job.state == JobState::Running
    }

    pub fn row(&self) -> Result<JobRow, serde_json::Error> {
        Ok(JobRow {
            id: self.job.id,
            lab: self.job.lab,
            user: self.asked_by,
            started_ms: self.job.started_ms,
            ended_ms: self.job.ended_ms,
            body: serde_json::to_value(self)?,
        })
    }

    pub fn read(row: JobRow) -> Result<Self, serde_json::Error> {
        let record: Self = serde_json::from_value(row.body)?;
        Ok(Self {
            asked_by: row.user,
            ..record
        })
    }
}
