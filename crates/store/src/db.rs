//! The door to the database: statements in, rows out, and no engine's type beyond this file.
//!
//! SQLite in WAL mode: one connection writes, a few read. Every statement is one text for all
//! engines: `$1` placeholders, integers (also for booleans), texts; where engines differ, `dialect`
//! says how.

mod row;
mod value;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Pool, Sqlite, Transaction};

pub(crate) use row::Row;
pub(crate) use value::{Value, args};

use crate::config::Database;
use crate::{StoreError, dialect};

const READERS: u32 = 4;
/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone)]
pub(crate) struct Db {
    writer: Pool<Sqlite>,
    readers: Pool<Sqlite>,
}

impl Db {
    /// For reading and writing; the database is there already.
    pub(crate) async fn open(database: &Database) -> Result<Self, StoreError> {
        let Database::Sqlite { path } = database;
        let options = sqlite(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let writer = connect(options.clone(), 1).await?;
        let readers = connect(options.pragma("query_only", "ON"), READERS).await?;
        Ok(Self { writer, readers })
    }

    /// For a look that changes nothing, not even the journal's kind.
    pub(crate) async fn open_to_look(database: &Database) -> Result<Self, StoreError> {
        let Database::Sqlite { path } = database;
        let readers = connect(sqlite(path).pragma("query_only", "ON"), 1).await?;
        Ok(Self {
            writer: readers.clone(),
            readers,
        })
    }

    pub(crate) async fn rows(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = value::bind(statement, values)
            .fetch_all(&self.readers)
            .await;
        Ok(failed(statement, rows)?.into_iter().map(Row).collect())
    }

    pub(crate) async fn row(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        let row = value::bind(statement, values)
            .fetch_optional(&self.readers)
            .await;
        Ok(failed(statement, row)?.map(Row))
    }

    /// One writing statement in a transaction of its own; says how many rows it touched.
    pub(crate) async fn run(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let touched = tx.run(statement, values).await?;
        tx.commit().await?;
        Ok(touched)
    }

    /// A transaction that writes. Dropped without `commit`, it changed nothing.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        let tx = self.writer.begin_with(dialect::BEGIN_WRITE).await;
        Ok(Tx(failed(dialect::BEGIN_WRITE, tx)?))
    }

    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        self.row("SELECT 1 AS yes", args![]).await?;
        self.write().await?.commit().await
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// An open transaction.
pub(crate) struct Tx(Transaction<'static, Sqlite>);

impl Tx {
    pub(crate) async fn row(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        let row = value::bind(statement, values)
            .fetch_optional(&mut *self.0)
            .await;
        Ok(failed(statement, row)?.map(Row))
    }

    pub(crate) async fn run(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let done = value::bind(statement, values).execute(&mut *self.0).await;
        Ok(failed(statement, done)?.rows_affected())
    }

    /// Several statements without values: a migration.
    pub(crate) async fn script(&mut self, statements: &'static str) -> Result<(), StoreError> {
        let done = sqlx::raw_sql(statements).execute(&mut *self.0).await;
        failed(statements, done).map(drop)
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        failed("COMMIT", self.0.commit().await)
    }
}

fn sqlite(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
}

async fn connect(options: SqliteConnectOptions, most: u32) -> Result<Pool<Sqlite>, StoreError> {
    let pool = SqlitePoolOptions::new()
        .max_connections(most)
        .before_acquire(|connection, _| {
            // On a full disk SQLite rolls back by itself, which leaves a connection that believes to
            // be inside a transaction for ever.
            let fit = !connection.is_in_transaction();
            Box::pin(async move { Ok(fit) })
        })
        .connect_with(options)
        .await;
    failed("(connect)", pool)
}

fn failed<T>(statement: &'static str, outcome: Result<T, sqlx::Error>) -> Result<T, StoreError> {
    outcome.map_err(|source| StoreError::Database { statement, source })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_a_full_disk_it_writes_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("full.db");
        std::fs::File::create(&path).unwrap();
        let db = Db::open(&Database::Sqlite { path }).await.unwrap();
        db.run("CREATE TABLE t (it BLOB)", args![]).await.unwrap();
        let mut tx = db.write().await.unwrap();
        tx.row("PRAGMA max_page_count = 1", args![]).await.unwrap();
        let full = tx
            .run("INSERT INTO t VALUES (zeroblob(9000000))", args![])
            .await
            .unwrap_err();
        assert!(full.is_disk_full(), "{full:?}");
        drop(tx);
        db.run("INSERT INTO t VALUES (zeroblob(9000000))", args![])
            .await
            .unwrap();
        db.close().await;
    }
}
