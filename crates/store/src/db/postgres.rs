//! PostgreSQL: one connection of this process writes, a few read.
//!
//! Whatever becomes of the server or the way to it, a statement ends: with an answer, or with an
//! error after `PATIENCE`. A connection in an unknown state (a statement that was given up, a
//! transaction without its commit) is closed, never used again: the server then rolls back and lets
//! go of the lock. The pool connects anew by itself, so a database that comes back is used at once.

mod url;

use std::io;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Executor as _, Pool, Postgres};

pub use url::PostgresUrl;

use super::value::{self, Value};
use super::{Pools, Row, failed};
use crate::StoreError;

const READERS: u32 = 8;
const ELSEWHERE: u32 = 2;
/// For a connection to read with: also how long a request waits for a database that is away.
const READ_WAIT: Duration = Duration::from_secs(3);
/// The same for a database of somebody else's, which is away more often.
const ELSEWHERE_WAIT: Duration = Duration::from_secs(2);
/// For the turn to write, among the requests of this process.
const WRITE_WAIT: Duration = Duration::from_secs(10);
/// For the turn to write, among processes.
const LOCK_TIMEOUT: &str = "10s";
/// A host that lost its power in the middle of a transaction must not keep the others from writing.
const IDLE_IN_TRANSACTION: &str = "60s";
/// For one statement's answer; more than `LOCK_TIMEOUT`.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) async fn open(url: &PostgresUrl) -> Result<Pools<Postgres>, StoreError> {
    let writer = connect(url, url.options()?, 1, WRITE_WAIT).await?;
    let read_only = url
        .options()?
        .options([("default_transaction_read_only", "on")]);
    let readers = connect(url, read_only, READERS, READ_WAIT).await?;
    Ok(Pools { writer, readers })
}

pub(super) async fn open_to_look(url: &PostgresUrl) -> Result<Pools<Postgres>, StoreError> {
    let read_only = url
        .options()?
        .options([("default_transaction_read_only", "on")]);
    let readers = connect(url, read_only, 1, READ_WAIT).await?;
    Ok(Pools {
        writer: readers.clone(),
        readers,
    })
}

/// A few connections to a database of somebody else's, made when they are asked for.
pub(crate) fn lazily(url: &PostgresUrl) -> Result<Pool<Postgres>, StoreError> {
    let options = url.options()?.options([
        ("lock_timeout", LOCK_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
    ]);
    Ok(PgPoolOptions::new()
        .max_connections(ELSEWHERE)
        .acquire_timeout(ELSEWHERE_WAIT)
        .connect_lazy_with(options))
}

async fn connect(
    url: &PostgresUrl,
    options: PgConnectOptions,
    most: u32,
    wait: Duration,
) -> Result<Pool<Postgres>, StoreError> {
    let options = options.options([
        ("lock_timeout", LOCK_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
    ]);
    let pool = PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(wait)
        .connect_with(options)
        .await;
    pool.map_err(|source| StoreError::Unreachable {
        database: url.to_string(),
        source,
    })
}

/// A connection of its own for one statement or one transaction.
pub(crate) struct Held {
    connection: PoolConnection<Postgres>,
    in_transaction: bool,
    /// A statement was sent whose good end was not seen.
    unsure: bool,
}

impl Held {
    pub(crate) async fn acquire(pool: &Pool<Postgres>) -> Result<Self, StoreError> {
        let connection = failed("(connect)", pool.acquire().await)?;
        Ok(Self {
            connection,
            in_transaction: false,
            unsure: false,
        })
    }

    pub(crate) async fn begin(&mut self, statements: &'static str) -> Result<(), StoreError> {
        self.in_transaction = true;
        self.unsure = true;
        let begun = self.connection.execute(sqlx::raw_sql(statements));
        let begun = within(begun).await;
        self.seen(statements, begun).map(drop)
    }

    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        if self.unsure {
            // PostgreSQL would answer it with a rollback, and no error.
            let why = io::Error::other("a statement of this transaction failed");
            return failed("COMMIT", Err(why.into()));
        }
        self.unsure = true;
        let done = self.connection.execute(sqlx::raw_sql("COMMIT"));
        let done = within(done).await;
        self.seen("COMMIT", done)?;
        self.in_transaction = false;
        Ok(())
    }

    pub(crate) async fn rows(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        self.unsure = true;
        let rows = value::bind(statement, values).fetch_all(&mut *self.connection);
        let rows = within(rows).await;
        let rows = self.seen(statement, rows)?;
        Ok(rows.into_iter().map(Row::Postgres).collect())
    }

    pub(crate) async fn row(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        self.unsure = true;
        let row = value::bind(statement, values).fetch_optional(&mut *self.connection);
        let row = within(row).await;
        Ok(self.seen(statement, row)?.map(Row::Postgres))
    }

    pub(crate) async fn run(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        self.unsure = true;
        let done = value::bind(statement, values).execute(&mut *self.connection);
        let done = within(done).await;
        Ok(self.seen(statement, done)?.rows_affected())
    }

    /// However long it takes: a migration of a large table may.
    pub(super) async fn script(&mut self, statements: &'static str) -> Result<(), StoreError> {
        self.unsure = true;
        let done = self.connection.execute(sqlx::raw_sql(statements));
        let done = done.await;
        self.seen(statements, done).map(drop)
    }

    fn seen<T>(
        &mut self,
        statement: &'static str,
        outcome: Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        self.unsure = outcome.is_err();
        failed(statement, outcome)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.unsure || self.in_transaction {
            self.connection.close_on_drop();
        }
    }
}

async fn within<T>(answer: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    tokio::time::timeout(PATIENCE, answer)
        .await
        .unwrap_or_else(|_| {
            let why = format!("no answer within {} s", PATIENCE.as_secs());
            Err(io::Error::new(io::ErrorKind::TimedOut, why).into())
        })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed test may panic")]
mod tests {
    use std::time::Duration;

    use crate::config::Database;
    use crate::db::{Db, args};

    const SHORT: Duration = Duration::from_millis(300);

    /// Two processes at one database with an empty table `t`.
    async fn two(test: &str) -> Option<[Db; 2]> {
        let server = match test_postgres::shared() {
            Ok(server) => server,
            Err(why) => {
                eprintln!("SKIP {test}: {why}");
                return None;
            }
        };
        let database = Database::parse(&server.database().unwrap()).unwrap();
        let two = [
            Db::open(&database).await.unwrap(),
            Db::open(&database).await.unwrap(),
        ];
        let create = "CREATE TABLE t (it BIGINT NOT NULL PRIMARY KEY)";
        two[0].run(create, args![]).await.unwrap();
        Some(two)
    }

    async fn insert(db: &Db, it: u64) {
        let inserted = db.run("INSERT INTO t VALUES ($1)", args![it]).await;
        assert_eq!(inserted.unwrap(), 1);
    }

    async fn count(db: &Db) -> u64 {
        let row = db.row("SELECT count(*) AS rows FROM t", args![]).await;
        row.unwrap().unwrap().number("rows").unwrap()
    }

    #[tokio::test]
    async fn one_writes_at_a_time_and_sees_what_the_other_wrote() {
        let Some([one, other]) = two("one_writes_at_a_time_and_sees_what_the_other_wrote").await
        else {
            return;
        };
        insert(&other, 1).await;
        let mut tx = one.write().await.unwrap();
        tx.run("INSERT INTO t VALUES (2)", args![]).await.unwrap();
        let turn = tokio::spawn(async move {
            let mut tx = other.write().await.unwrap();
            let row = tx.row("SELECT count(*) AS rows FROM t", args![]).await;
            row.unwrap().unwrap().number("rows").unwrap()
        });
        tokio::time::sleep(SHORT).await;
        assert!(!turn.is_finished(), "it waits for its turn");
        assert_eq!(count(&one).await, 1, "who reads waits for nobody");
        tx.commit().await.unwrap();
        assert_eq!(turn.await.unwrap(), 2);
    }

    #[tokio::test]
    async fn who_gives_up_keeps_nobody_from_writing() {
        let Some([one, other]) = two("who_gives_up_keeps_nobody_from_writing").await else {
            return;
        };
        let mut writing = one.write().await.unwrap();
        writing
            .run("INSERT INTO t VALUES (1)", args![])
            .await
            .unwrap();
        let gave_up = tokio::time::timeout(SHORT, other.write()).await;
        assert!(gave_up.is_err(), "it waited for its turn");
        drop(writing);
        for (it, db) in [(2, &other), (3, &one), (4, &other)] {
            insert(db, it).await;
        }
        assert_eq!(count(&one).await, 3, "what was not committed never was");
    }

    #[tokio::test]
    async fn a_transaction_with_a_failed_statement_is_no_success() {
        let Some([one, _other]) = two("a_transaction_with_a_failed_statement_is_no_success").await
        else {
            return;
        };
        let mut tx = one.write().await.unwrap();
        tx.run("INSERT INTO t VALUES (1)", args![]).await.unwrap();
        let again = tx.run("INSERT INTO t VALUES (1)", args![]).await;
        assert!(again.unwrap_err().is_duplicate());
        tx.commit().await.unwrap_err();
        insert(&one, 1).await;
    }

    #[tokio::test]
    async fn small_numbers_nulls_and_odd_texts_come_back() {
        let Some([one, _other]) = two("small_numbers_nulls_and_odd_texts_come_back").await else {
            return;
        };
        let row = one.row(
            "SELECT CASE WHEN $1 = 1 THEN 1 ELSE 0 END AS small, $2 AS text, $3 AS nothing",
            args![true, "a\0b", None::<u64>],
        );
        let row = row.await.unwrap().unwrap();
        assert!(row.yes("small").unwrap());
        assert_eq!(row.text("text").unwrap(), "a\u{FFFD}b");
        assert_eq!(row.number_or_null("nothing").unwrap(), None);
        assert!(row.number("nothing").is_err());
    }

    #[tokio::test]
    async fn readers_cannot_write() {
        let Some([one, _other]) = two("readers_cannot_write").await else {
            return;
        };
        insert(&one, 1).await;
        let refused = one.rows("INSERT INTO t VALUES (2) RETURNING it", args![]);
        assert!(refused.await.is_err());
        assert_eq!(count(&one).await, 1);
    }
}
