//! SQLite in WAL mode: one connection writes, a few read.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Pool, Sqlite};

use super::{Pools, failed};
use crate::StoreError;

const READERS: u32 = 4;
/// How long to wait for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) async fn open(path: &Path) -> Result<Pools<Sqlite>, StoreError> {
    let options = options(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let writer = connect(options.clone(), 1).await?;
    let readers = connect(options.pragma("query_only", "ON"), READERS).await?;
    Ok(Pools { writer, readers })
}

pub(super) async fn open_to_look(path: &Path) -> Result<Pools<Sqlite>, StoreError> {
    let readers = connect(options(path).pragma("query_only", "ON"), 1).await?;
    Ok(Pools {
        writer: readers.clone(),
        readers,
    })
}

fn options(path: &Path) -> SqliteConnectOptions {
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use std::time::Duration;

    use crate::config::{Config, Database};
    use crate::db::{Db, args};
    use crate::migrate::migrate;

    #[tokio::test]
    async fn who_only_reads_is_answered_where_nobody_can_write() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::sqlite(folder.path().join("nova-ve.db"));
        migrate(&config, 1).await.unwrap();
        let db = Db::open(&config.database).await.unwrap();
        db.ping_writer().await.unwrap();
        let writing = db.write().await.unwrap();
        db.ping().await.unwrap();
        let turn = tokio::time::timeout(Duration::from_millis(100), db.ping_writer());
        assert!(turn.await.is_err(), "it waits for its turn");
        drop(writing);
        db.ping_writer().await.unwrap();
        let read_only = Db::open_to_look(&config.database).await.unwrap();
        read_only.ping().await.unwrap();
        read_only.ping_writer().await.unwrap_err();
        read_only.close().await;
        db.close().await;
    }

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
