//! The schema, step by step forward. A step is never changed once released: its SHA-256 is kept and
//! compared. Each step runs in a transaction of its own, so a broken-off run goes on where it was.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::StoreError;
use crate::config::{Config, Database};
use crate::db::{Db, Tx, args};
use crate::dialect::Engine;
use crate::labs::sha256_hex;

/// One step, in the words of each engine.
#[derive(Clone, Copy)]
struct Migration {
    number: u32,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Migration {
    fn sql(self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

/// In order, without gaps. Each engine's folder holds exactly these.
const STEPS: &[Migration] = migrations![
    1 "0001_users",
    2 "0002_labs",
    3 "0003_running",
    4 "0004_rights",
    5 "0005_allowances",
];

/// The table that tells which steps were taken; the one table without a step of its own.
const CREATE_LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
    number BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL,
    applied_ms BIGINT NOT NULL)";

/// Where a database's schema is, and where this program needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    pub current: u32,
    pub head: u32,
}

impl Schema {
    pub fn is_head(self) -> bool {
        self.current == self.head
    }
}

pub(crate) async fn check(config: &Config) -> Result<Schema, StoreError> {
    let head = head();
    match &config.database {
        Database::Sqlite { path } if !path.exists() => return Ok(Schema { current: 0, head }),
        Database::Sqlite { .. } | Database::Postgres { .. } => {}
    }
    let db = Db::open_to_look(&config.database).await?;
    let current = look(&db).await;
    db.close().await;
    Ok(Schema {
        current: current?,
        head,
    })
}

pub(crate) async fn require_head(config: &Config) -> Result<(), StoreError> {
    let Schema { current, head } = check(config).await?;
    match current.cmp(&head) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Less => Err(StoreError::OffHead { current, head }),
        std::cmp::Ordering::Greater => Err(StoreError::Newer { current, head }),
    }
}

pub(crate) async fn migrate(config: &Config, now_ms: u64) -> Result<Schema, StoreError> {
    let Schema { current, head } = check(config).await?;
    if current > head {
        return Err(StoreError::Newer { current, head });
    }
    if current == head {
        return Ok(Schema { current, head });
    }
    match &config.database {
        Database::Sqlite { path } => create_private(path)?,
        // A role that may make databases may do far too much: its administrator makes it.
        Database::Postgres { .. } => {}
    }
    let db = Db::open(&config.database).await?;
    let done = take_steps(&db, STEPS, now_ms).await;
    db.close().await;
    done.map(|()| Schema {
        current: head,
        head,
    })
}

async fn look(db: &Db) -> Result<u32, StoreError> {
    if db
        .row(db.engine().has_table(), args!["schema_migrations"])
        .await?
        .is_none()
    {
        return Ok(0);
    }
    let taken = db.rows(
        "SELECT number, name, sha256 FROM schema_migrations ORDER BY number",
        args![],
    );
    let mut current = 0;
    for row in taken.await? {
        let number = u32::try_from(row.number("number")?).unwrap_or(u32::MAX);
        let ours = STEPS.iter().find(|step| step.number == number);
        if ours.is_some_and(|step| {
            row.text("sha256").ok() != Some(sha256_hex(step.sql(db.engine()).as_bytes()))
        }) {
            return Err(StoreError::MigrationChanged {
                number,
                name: row.text("name")?,
            });
        }
        current = number;
    }
    Ok(current)
}

async fn take_steps(db: &Db, steps: &[Migration], now_ms: u64) -> Result<(), StoreError> {
    db.run(CREATE_LEDGER, args![]).await?;
    for step in steps {
        let mut tx = db.write().await?;
        // Asked inside the transaction: another process may migrate at the same time.
        if !is_taken(&mut tx, step).await? {
            tx.script(step.sql(db.engine())).await?;
            tx.run(
                "INSERT INTO schema_migrations (number, name, sha256, applied_ms) VALUES ($1, $2, $3, $4)",
                args![u64::from(step.number), step.name, sha256_hex(step.sql(db.engine()).as_bytes()), now_ms],
            )
            .await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn is_taken(tx: &mut Tx, step: &Migration) -> Result<bool, StoreError> {
    let row = tx.row(
        "SELECT number FROM schema_migrations WHERE number = $1",
        args![u64::from(step.number)],
    );
    Ok(row.await?.is_some())
}

/// The database holds password hashes: nobody else may read it. The engine's side files take the
/// mode of the main one.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    made.map(drop).map_err(|source| StoreError::File {
        doing: "create the database",
        path: path.into(),
        source,
    })
}

pub(crate) fn head() -> u32 {
    STEPS.last().map_or(0, |step| step.number)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed test may panic")]
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_folders_hold_exactly_the_steps_in_order() {
        let steps: Vec<String> = STEPS
            .iter()
            .map(|step| format!("{}.sql", step.name))
            .collect();
        for engine in ["sqlite", "postgres"] {
            let folder = format!("{}/migrations/{engine}", env!("CARGO_MANIFEST_DIR"));
            let files: BTreeSet<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            assert!(
                files.iter().eq(&steps),
                "{engine}: {files:?} are not {steps:?}"
            );
        }
        for (index, step) in STEPS.iter().enumerate() {
            assert_eq!(step.number as usize, index + 1);
            assert!(
                step.name.starts_with(&format!("{:04}_", step.number)),
                "{}",
                step.name
            );
        }
    }

    #[test]
    fn a_step_says_the_same_to_both_engines() {
        let plain = |sql: &str| sql.split_whitespace().collect::<Vec<_>>().join(" ");
        for step in STEPS {
            let as_postgres = step
                .sqlite
                .replace(") STRICT;", ");")
                .replace("INTEGER", "BIGINT");
            assert_eq!(
                plain(&as_postgres),
                plain(&step.postgres.replace(" COLLATE \"C\"", "")),
                "{}",
                step.name
            );
        }
    }

    #[test]
    fn no_step_uses_what_only_one_engine_has() {
        for step in STEPS {
            let sql = step.sqlite.to_lowercase();
            for word in [
                "autoincrement",
                "now()",
                "current_timestamp",
                "serial",
                "ilike",
                "rowid",
            ] {
                assert!(!sql.contains(word), "{} uses {word}", step.name);
            }
        }
    }

    /// A database at which only these steps were taken.
    async fn database(steps: &[Migration]) -> (tempfile::TempDir, Config) {
        let folder = tempfile::TempDir::new().unwrap();
        let config = Config::sqlite(folder.path().join("nova-ve.db"));
        create_private(&folder.path().join("nova-ve.db")).unwrap();
        let db = Db::open(&config.database).await.unwrap();
        take_steps(&db, steps, 1).await.unwrap();
        db.close().await;
        (folder, config)
    }

    #[tokio::test]
    async fn a_database_of_an_older_program_is_brought_to_head() {
        let (_folder, config) = database(&STEPS[..1]).await;
        let error = require_head(&config).await.unwrap_err();
        assert!(
            matches!(error, StoreError::OffHead { current: 1, .. }),
            "{error}"
        );
        assert!(migrate(&config, 2).await.unwrap().is_head());
        require_head(&config).await.unwrap();
    }

    #[tokio::test]
    async fn a_database_of_a_newer_program_is_left_alone() {
        let newer = Migration {
            number: 999,
            name: "0999_later",
            sqlite: "SELECT 1",
            postgres: "SELECT 1",
        };
        let (_folder, config) = database(&[newer]).await;
        for refused in [
            require_head(&config).await,
            migrate(&config, 2).await.map(drop),
        ] {
            assert!(matches!(
                refused,
                Err(StoreError::Newer { current: 999, .. })
            ));
        }
    }

    #[tokio::test]
    async fn a_step_that_was_changed_after_it_was_taken_is_told() {
        let changed = Migration {
            sqlite: "SELECT 1",
            ..STEPS[0]
        };
        let (_folder, config) = database(&[changed]).await;
        let error = require_head(&config).await.unwrap_err();
        assert!(
            matches!(error, StoreError::MigrationChanged { number: 1, .. }),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_step_that_fails_leaves_nothing_of_itself() {
        let half = Migration {
            number: 1,
            name: "0001_half",
            sqlite: "CREATE TABLE a (b TEXT); nonsense",
            postgres: "CREATE TABLE a (b TEXT); nonsense",
        };
        let (_folder, config) = database(&[]).await;
        let db = Db::open(&config.database).await.unwrap();
        take_steps(&db, &[half], 1).await.unwrap_err();
        assert!(
            db.row(db.engine().has_table(), args!["a"])
                .await
                .unwrap()
                .is_none()
        );
        db.close().await;
        assert!(migrate(&config, 2).await.unwrap().is_head());
    }
}
