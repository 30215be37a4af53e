//! The door to the database: statements in, rows out, and no engine's type beyond this folder.
//!
//! Every statement is one text for all engines: `$1` placeholders, integers (also for booleans),
//! texts; where engines differ, `dialect` says how. On both, one transaction writes at a time and a
//! few connections read.

mod postgres;
mod row;
mod sqlite;
mod value;

use sqlx::{Executor as _, Pool, Postgres, Sqlite, Transaction};

pub use postgres::PostgresUrl;
pub(crate) use postgres::{Held, lazily};
pub(crate) use row::Row;
pub(crate) use value::{Value, args};

use crate::StoreError;
use crate::config::Database;
use crate::dialect::Engine;
use crate::figures::{DbOperation, PoolFigures, timed};

#[derive(Debug, Clone)]
pub(crate) enum Db {
    Sqlite(Pools<Sqlite>),
    Postgres(Pools<Postgres>),
}

#[derive(Debug)]
pub(crate) struct Pools<E: sqlx::Database> {
    writer: Pool<E>,
    readers: Pool<E>,
}

impl Db {
    /// For reading and writing; the database is there already.
    pub(crate) async fn open(database: &Database) -> Result<Self, StoreError> {
        match database {
            Database::Sqlite { path } => sqlite::open(path).await.map(Self::Sqlite),
            Database::Postgres { url } => postgres::open(url).await.map(Self::Postgres),
        }
    }

    /// For a look that changes nothing, not even the journal's kind.
    pub(crate) async fn open_to_look(database: &Database) -> Result<Self, StoreError> {
        match database {
            Database::Sqlite { path } => sqlite::open_to_look(path).await.map(Self::Sqlite),
            Database::Postgres { url } => postgres::open_to_look(url).await.map(Self::Postgres),
        }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self {
            Self::Sqlite(_) => Engine::Sqlite,
            Self::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) async fn rows(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        timed(DbOperation::Read, self.fetch_rows(statement, values)).await
    }

    async fn fetch_rows(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(pools) => {
                let rows = value::bind(statement, values).fetch_all(&pools.readers);
                let rows = failed(statement, rows.await)?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(pools) => {
                let mut held = postgres::Held::acquire(&pools.readers).await?;
                held.rows(statement, values).await
            }
        }
    }

    pub(crate) async fn row(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        timed(DbOperation::Read, self.fetch_row(statement, values)).await
    }

    async fn fetch_row(
        &self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        match self {
            Self::Sqlite(pools) => {
                let row = value::bind(statement, values).fetch_optional(&pools.readers);
                Ok(failed(statement, row.await)?.map(Row::Sqlite))
            }
            Self::Postgres(pools) => {
                let mut held = postgres::Held::acquire(&pools.readers).await?;
                held.row(statement, values).await
            }
        }
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

    /// A transaction that writes; no other one does until it ends. Dropped without `commit`, it
    /// changed nothing.
    pub(crate) async fn write(&self) -> Result<Tx, StoreError> {
        timed(DbOperation::Begin, self.begin()).await
    }

    async fn begin(&self) -> Result<Tx, StoreError> {
        let begin = self.engine().begin_write();
        match self {
            Self::Sqlite(pools) => {
                let tx = failed(begin, pools.writer.begin_with(begin).await)?;
                Ok(Tx::Sqlite(tx))
            }
            Self::Postgres(pools) => {
                let mut held = postgres::Held::acquire(&pools.writer).await?;
                held.begin(begin).await?;
                Ok(Tx::Postgres(held))
            }
        }
    }

    /// A transaction that reads: everything in it is as it was at one moment.
    pub(crate) async fn snapshot(&self) -> Result<Tx, StoreError> {
        let begin = self.engine().begin_snapshot();
        match self {
            Self::Sqlite(pools) => {
                let tx = failed(begin, pools.readers.begin_with(begin).await)?;
                Ok(Tx::Sqlite(tx))
            }
            Self::Postgres(pools) => {
                let mut held = postgres::Held::acquire(&pools.readers).await?;
                held.begin(begin).await?;
                Ok(Tx::Postgres(held))
            }
        }
    }

    /// Of a table, or SQLite would answer without a look at its file.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let row = self.row("SELECT number FROM schema_migrations LIMIT 1", args![]);
        row.await.map(drop)
    }

    /// By a statement that writes, and changes no row.
    pub(crate) async fn ping_writer(&self) -> Result<(), StoreError> {
        let statement = "UPDATE settings SET value = value WHERE key = ''";
        self.run(statement, args![]).await.map(drop)
    }

    pub(crate) fn pools(&self) -> [PoolFigures; 2] {
        match self {
            Self::Sqlite(pools) => pools.figures(),
            Self::Postgres(pools) => pools.figures(),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pools) => pools.close().await,
            Self::Postgres(pools) => pools.close().await,
        }
    }
}

impl<E: sqlx::Database> Clone for Pools<E> {
    fn clone(&self) -> Self {
        Self {
            writer: self.writer.clone(),
            readers: self.readers.clone(),
        }
    }
}

impl<E: sqlx::Database> Pools<E> {
    fn figures(&self) -> [PoolFigures; 2] {
        let of = |name, pool: &Pool<E>| PoolFigures {
            pool: name,
            open: u64::from(pool.size()),
            idle: u64::try_from(pool.num_idle()).unwrap_or(u64::MAX),
        };
        [of("writer", &self.writer), of("readers", &self.readers)]
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// An open transaction.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(postgres::Held),
}

impl Tx {
    pub(crate) async fn rows(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = async {
            match self {
                Self::Sqlite(tx) => {
                    let rows = value::bind(statement, values).fetch_all(&mut **tx);
                    let rows = failed(statement, rows.await)?;
                    Ok(rows.into_iter().map(Row::Sqlite).collect())
                }
                Self::Postgres(held) => held.rows(statement, values).await,
            }
        };
        timed(DbOperation::Statement, rows).await
    }

    pub(crate) async fn row(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<Option<Row>, StoreError> {
        let row = async {
            match self {
                Self::Sqlite(tx) => {
                    let row = value::bind(statement, values).fetch_optional(&mut **tx);
                    Ok(failed(statement, row.await)?.map(Row::Sqlite))
                }
                Self::Postgres(held) => held.row(statement, values).await,
            }
        };
        timed(DbOperation::Statement, row).await
    }

    pub(crate) async fn run(
        &mut self,
        statement: &'static str,
        values: Vec<Value>,
    ) -> Result<u64, StoreError> {
        let touched = async {
            match self {
                Self::Sqlite(tx) => {
                    let done = value::bind(statement, values).execute(&mut **tx);
                    Ok(failed(statement, done.await)?.rows_affected())
                }
                Self::Postgres(held) => held.run(statement, values).await,
            }
        };
        timed(DbOperation::Statement, touched).await
    }

    /// Several statements without values: a migration.
    pub(crate) async fn script(&mut self, statements: &'static str) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => {
                let done = tx.execute(sqlx::raw_sql(statements)).await;
                failed(statements, done).map(drop)
            }
            Self::Postgres(held) => held.script(statements).await,
        }
    }

    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        let done = async {
            match self {
                Self::Sqlite(tx) => failed("COMMIT", tx.commit().await),
                Self::Postgres(held) => held.commit().await,
            }
        };
        timed(DbOperation::Commit, done).await
    }
}

fn failed<T>(statement: &'static str, outcome: Result<T, sqlx::Error>) -> Result<T, StoreError> {
    outcome.map_err(|source| StoreError::Database { statement, source })
}
