//! Where the engines differ. Everything else is one SQL text.
//!
//! | | SQLite | PostgreSQL |
//! |---|---|---|
//! | a writing transaction | takes the write lock at once, or a later upgrade can fail | plain |
//! | is there a table? | `sqlite_master` | `information_schema` |

/// Opens a transaction that writes.
pub(crate) const BEGIN_WRITE: &str = "BEGIN IMMEDIATE";

/// Gives one row when table `$1` exists.
pub(crate) const HAS_TABLE: &str =
    "SELECT 1 AS yes FROM sqlite_master WHERE type = 'table' AND name = $1";
