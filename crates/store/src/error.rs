//! What can go wrong here. A failure that a person can mend says how.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "the database schema is at {current} and this program needs {head}; run `nova-ve-server migrate`"
    )]
    OffHead { current: u32, head: u32 },
    #[error(
        "the database schema is at {current}, newer than the {head} this program knows; use the newer nova-ve-server"
    )]
    Newer { current: u32, head: u32 },
    #[error(
        "migration {number} ({name}) was applied with other contents than this program's; use the nova-ve-server it was made with, or restore a backup"
    )]
    MigrationChanged { number: u32, name: String },
    #[error(
        "no database engine {scheme:?} here; use sqlite:///absolute/path or postgres://user@host/database"
    )]
    UnknownEngine { scheme: String },
    #[error("no path in the database address; use sqlite:///absolute/path")]
    NoDatabasePath,
    /// Without the address itself: there may be a password in it.
    #[error(
        "the database address is not right: {why}; write postgres://user:password@host:5432/database, \
         or postgres://user@/database?host=/run/postgresql for its socket"
    )]
    BadAddress { why: String },
    #[error("failed to reach the database {database}")]
    Unreachable {
        /// Its address, without the password.
        database: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("the user name {username:?} is taken; choose another")]
    UsernameTaken { username: String },
    #[error("no such user")]
    NoSuchUser,
    #[error("the session that asks has ended; log in again")]
    AskerGone,
    #[error("this is the last administrator; make another one first")]
    LastAdministrator,
    #[error("you have a token named {name:?} already; end it or choose another name")]
    TokenNameTaken { name: String },
    #[error("there cannot be more than {most} {what}; remove some first")]
    TooMany { what: &'static str, most: u64 },
    #[error("another nova-ve-server uses the labs folder {}; stop it first", folder.display())]
    FolderInUse { folder: PathBuf },
    #[error(
        "this database speaks of another labs folder than {}: two servers with two folders must not share \
         one; give this server a database of its own, or the folder that belongs to this one. If this is \
         that folder, put back without its id: echo {wanted} > {}",
        folder.display(), mark.display()
    )]
    OtherFolder {
        folder: PathBuf,
        mark: PathBuf,
        wanted: uuid::Uuid,
    },
    #[error("failed to {doing} {}", path.display())]
    File {
        doing: &'static str,
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("failed to ask the database: {statement}")]
    Database {
        statement: &'static str,
        #[source]
        source: sqlx::Error,
    },
    #[error("the database holds something odd in {column}: {why}")]
    Damaged { column: String, why: String },
    #[error("the work on the lab broke off; look at the log, then try again")]
    BrokenOff,
    #[cfg(test)]
    #[error("crashed, as the test asked")]
    Crashed,
}

impl StoreError {
    /// Whether there was no room: a person can mend that.
    #[must_use]
    pub fn is_disk_full(&self) -> bool {
        const SQLITE_FULL: &str = "13";
        const POSTGRES_FULL: &str = "53100";
        if let Self::File { source, .. } = self {
            return matches!(
                source.kind(),
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
            );
        }
        matches!(self, Self::Database { source: sqlx::Error::Database(error), .. }
            if error.code().is_some_and(|code| code == SQLITE_FULL || code == POSTGRES_FULL))
    }

    /// Whether a statement failed because a row with that key is there already.
    pub(crate) fn is_duplicate(&self) -> bool {
        matches!(self, Self::Database { source: sqlx::Error::Database(error), .. } if error.is_unique_violation())
    }

    /// Whether a row breaks a rule of its table: the database is well, the program asked for what must
    /// not be.
    #[must_use]
    pub fn is_refused_row(&self) -> bool {
        matches!(self, Self::Database { source: sqlx::Error::Database(error), .. }
            if error.is_unique_violation() || error.is_foreign_key_violation() || error.is_check_violation()
                || error.kind() == sqlx::error::ErrorKind::NotNullViolation)
    }

    /// Whether a test ended the work here; then nothing may be tidied up.
    #[cfg(test)]
    pub(crate) fn is_crash(&self) -> bool {
        matches!(self, Self::Crashed)
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the tests' one looks")]
    pub(crate) fn is_crash(&self) -> bool {
        false
    }
}
