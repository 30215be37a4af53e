//! Where the engines differ. Everything else is one SQL text.
//!
//! | | SQLite | PostgreSQL |
//! |---|---|---|
//! | a writing transaction | takes the write lock at once, or a later upgrade can fail | takes an advisory lock at once, so that there is one writer here too |
//! | a moment's state | any transaction sees one | it must be asked for |
//! | is there a table? | `sqlite_master` | `to_regclass`, which looks along the search path |
//! | a number in a result | 64 bits | as wide as its expression: `db::row` takes both widths |

/// Which database answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// Opens a transaction that writes. No other one writes until it ends, whichever process it is
    /// of: what is read inside it still holds when it is written.
    ///
    /// The number is ours alone: "nova-ve" in ASCII.
    pub(crate) fn begin_write(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            // Each statement sees what was committed before it: also what was while we waited.
            Self::Postgres => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(31084801665365605)"
            }
        }
    }

    /// Opens a transaction that reads one moment's state.
    pub(crate) fn begin_snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Gives one row when table `$1` exists.
    pub(crate) fn has_table(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 1 AS yes FROM sqlite_master WHERE type = 'table' AND name = $1",
            Self::Postgres => "SELECT 1 AS yes WHERE to_regclass($1) IS NOT NULL",
        }
    }
}
