//! The only SQL, and the only writer of lab files.
//!
//! `Store` is the SQL: users, sessions, run wishes, spec generations, jobs, audit. It is cheap to
//! clone, and several processes may have one open (`nova-ve-server user reset` beside a running
//! server). `Labs` is the folder of lab files with its index; one process at a time holds it.
//!
//! Time and randomness come from the caller: every function that needs a clock takes `now_ms`, and
//! ids are drawn outside. Nobody but `db` and `dialect` knows which engine answers; the SQL is
//! written once, by the rules in `docs/adding-a-migration.md`.

mod acts;
mod allowances;
mod audit;
mod config;
mod db;
mod dialect;
mod error;
mod figures;
mod guacdb;
mod jobs;
mod key;
mod labs;
mod last_use;
mod migrate;
mod page;
mod sessions;
mod shares;
mod specs;
mod tokens;
mod transfer;
mod users;
mod wishes;

pub use acts::{Act, ActRows};
pub use allowances::ALLOWANCES_MAX;
pub use audit::{AuditEntry, AuditFilter};
pub use config::{Config, Database};
pub use db::PostgresUrl;
pub use error::StoreError;
pub use figures::{DbFigures, DbOperation, PoolFigures};
pub use guacdb::{ConnectionUser, Guacdb, NewConnection};
pub use jobs::JobRow;
pub use key::{Key, SessionKey, TokenKey};
pub use labs::{
    CreateError, EditError, EditKind, EditRow, Edited, FileState, InTheWay, LABS_MAX, LabChange,
    LabRecord, Labs, MAX_LAB_BYTES, Stray, TRASH_KEPT_MS, UndoWords,
};
pub use migrate::Schema;
pub use page::{BadCursor, Cursor, Page, Paged};
pub use sessions::{NewSession, SESSIONS_MAX, Session};
pub use shares::{LabAccess, SHARES_MAX, Share};
pub use tokens::{NewToken, TOKENS_MAX, Token};
pub use transfer::{StateProblem, StateProblems, TransferError};
pub use users::{By, Credentials, NewUser, User, UserId, UserRow};
pub use wishes::{Wish, WishChange};

use db::Db;
use last_use::Told;

/// The database, at the schema this program needs.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    told: Told,
}

impl Store {
    /// Brings the schema to this program's head, making the database first if there is none.
    pub async fn migrate(config: &Config, now_ms: u64) -> Result<Schema, StoreError> {
        migrate::migrate(config, now_ms).await
    }

    /// Where the schema is and where it should be. Makes nothing and changes nothing.
    pub async fn migrate_check(config: &Config) -> Result<Schema, StoreError> {
        migrate::check(config).await
    }

    /// Opens a database whose schema is at head; any other is refused with the command to run.
    pub async fn open(config: &Config) -> Result<Self, StoreError> {
        migrate::require_head(config).await?;
        let db = Db::open(&config.database).await?;
        Ok(Self {
            db,
            told: Told::default(),
        })
    }

    /// Whether the database answers to who reads.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.db.ping().await
    }

    /// Whether it lets write. Takes the turn of the one transaction that does, for a moment.
    pub async fn ping_writer(&self) -> Result<(), StoreError> {
        self.db.ping_writer().await
    }

    /// Closes every connection; what is under way ends first.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
