//! How long the database takes and how often it fails, over the life of this process; and its pools.

use std::future::Future;
use std::sync::Mutex;
use std::time::Instant;

use telemetry::Durations;

use crate::db::args;
use crate::{Store, StoreError};

/// What is done with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DbOperation {
    /// A query outside of a transaction.
    Read,
    /// The wait for the one transaction that may write.
    Begin,
    /// A statement in that transaction.
    Statement,
    Commit,
}

impl DbOperation {
    pub const ALL: [Self; 4] = [Self::Read, Self::Begin, Self::Statement, Self::Commit];

    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Begin => "begin",
            Self::Statement => "statement",
            Self::Commit => "commit",
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct DbFigures {
    pub took: Durations,
    pub failures: u64,
}

/// A pool's connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolFigures {
    pub pool: &'static str,
    pub open: u64,
    pub idle: u64,
}

/// One for the process: it counts what was done, not where. In the order of `DbOperation::ALL`.
static FIGURES: Mutex<Option<[DbFigures; 4]>> = Mutex::new(None);

impl Store {
    pub fn figures() -> Vec<(DbOperation, DbFigures)> {
        let figures = FIGURES.lock().expect("no holder of this lock panics");
        let figures = figures.clone().unwrap_or_default();
        DbOperation::ALL.into_iter().zip(figures).collect()
    }

    /// Sessions that neither expired nor lay idle for too long.
    pub async fn count_sessions(&self, now_ms: u64, idle_ms: u64) -> Result<u64, StoreError> {
        let row = self.db.row(
            "SELECT COUNT(*) AS sessions FROM sessions WHERE expires_ms > $1 AND last_seen_ms > $2",
            args![now_ms, now_ms.saturating_sub(idle_ms)],
        );
        row.await?.map_or(Ok(0), |row| row.number("sessions"))
    }

    pub fn pools(&self) -> [PoolFigures; 2] {
        self.db.pools()
    }
}

/// Does it and takes the time.
pub(crate) async fn timed<T>(
    operation: DbOperation,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let begun = Instant::now();
    let outcome = work.await;
    let mut figures = FIGURES.lock().expect("no holder of this lock panics");
    let of_kind = &mut figures.get_or_insert_default()[operation as usize];
    of_kind.took.record(begun.elapsed());
    of_kind.failures += u64::from(outcome.is_err());
    outcome
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn figures_of(operation: DbOperation) -> DbFigures {
        let mut all = Store::figures().into_iter();
        all.find(|(its, _)| *its == operation).unwrap().1
    }

    #[tokio::test]
    async fn what_was_done_and_what_failed_is_counted() {
        let before = figures_of(DbOperation::Commit);
        timed(DbOperation::Commit, async { Ok(()) }).await.unwrap();
        let failing = async { Err::<(), _>(StoreError::NoSuchUser) };
        timed(DbOperation::Commit, failing).await.unwrap_err();
        let after = figures_of(DbOperation::Commit);
        assert!(after.took.count() >= before.took.count() + 2);
        assert!(after.failures > before.failures);
    }
}
