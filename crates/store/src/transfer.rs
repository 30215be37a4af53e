//! Everything that SQL holds, as one document that every engine gives and takes: the way from SQLite
//! to PostgreSQL and back.
//!
//! Lines of JSON: a head with the form's version and the schema's number, a line for each row, and an
//! end with their count, so that half a document is never taken for a whole one. There are password
//! hashes in it: whoever gets it may try to guess them.
//!
//! Not in it are sessions (a log-in is soon done again, and each row would be a way in) and jobs
//! (they describe work of a process that is no more). Lab files lie beside the database and stay
//! where they are.

mod check;
mod read;
mod table;

use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::db::Tx;
use crate::{Store, StoreError, migrate};
use check::Check;
pub use check::{StateProblem, StateProblems};
use table::{TABLES, Table, is_full_page};

const VERSION: u32 = 1;
/// Documents of older schemas are taken from this one on: since then there came only tables, of which
/// such a document has no row.
const OLDEST_SCHEMA: u32 = 4;
const FORM: &str = "nova-ve state";

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    form: String,
    version: u32,
    schema: u32,
    made_ms: u64,
}

/// Every other line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Line {
    Row(String, Map<String, Json>),
    /// How many rows came before.
    End(u64),
}

#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("failed to read or write the state document")]
    Io(#[from] std::io::Error),
    #[error("this is no state document of nova-ve; `nova-ve-server export-state` writes one")]
    NoState,
    #[error(
        "the state document has the form {found}, and this program knows {VERSION}; use the nova-ve-server that wrote it"
    )]
    OtherVersion { found: u32 },
    #[error(
        "the state document is of schema {found} and this database is at {here}; bring the older one \
         to the newer's program with `nova-ve-server migrate`, and export again if it was the document"
    )]
    OtherSchema { found: u32, here: u32 },
    #[error(
        "there are rows in the table {table}; state is imported only into an empty database, so take a new one and run `nova-ve-server migrate` on it"
    )]
    NotEmpty { table: &'static str },
    #[error("this is no state of a nova-ve; nothing was imported. What is wrong with it:{0}")]
    Wrong(StateProblems),
}

impl Store {
    /// Writes the whole state, as it is at one moment. How many rows there are.
    pub async fn export_state(
        &self,
        out: &mut (dyn Write + Send),
        now_ms: u64,
    ) -> Result<u64, TransferError> {
        let head = Head {
            form: FORM.into(),
            version: VERSION,
            schema: migrate::head(),
            made_ms: now_ms,
        };
        write_line(out, &head)?;
        let mut tx = self.db.snapshot().await?;
        let mut rows = 0;
        for table in TABLES {
            rows += export_table(&mut tx, table, out).await?;
        }
        write_line(out, &Line::End(rows))?;
        out.flush()?;
        Ok(rows)
    }

    /// Takes a whole state into an empty database, or nothing of it. How many rows there were.
    pub async fn import_state(
        &self,
        input: &mut (dyn BufRead + Send),
    ) -> Result<u64, TransferError> {
        let mut lines = read::Lines::new(input);
        check_head(lines.next()?)?;
        let mut tx = self.db.write().await?;
        must_be_empty(&mut tx).await?;
        let mut import = Import::default();
        while let Some(text) = lines.next()? {
            import.line(&mut tx, lines.number(), text).await?;
        }
        let rows = import.finish(lines.number() + 1)?;
        tx.commit().await?;
        Ok(rows)
    }
}

/// A document on its way in. Rows go into the transaction until the first problem; from then on they
/// are only looked at, so that all problems are told at once.
#[derive(Default)]
struct Import {
    check: Check,
    rows: u64,
    has_ended: bool,
}

impl Import {
    async fn line(
        &mut self,
        tx: &mut Tx,
        number: u64,
        text: Result<String, String>,
    ) -> Result<(), StoreError> {
        if self.has_ended {
            self.wrong(number, "there is something after the end");
            return Ok(());
        }
        match text.and_then(|text| parse(&text)) {
            Ok(Line::Row(table, row)) => {
                self.rows += 1;
                self.row(tx, number, &table, row).await?;
            }
            Ok(Line::End(count)) => {
                self.has_ended = true;
                if count != self.rows {
                    self.wrong(number, format!("{} rows came, not {count}", self.rows));
                }
            }
            Err(why) => {
                self.rows += 1;
                self.wrong(number, why);
            }
        }
        Ok(())
    }

    async fn row(
        &mut self,
        tx: &mut Tx,
        number: u64,
        table: &str,
        row: Map<String, Json>,
    ) -> Result<(), StoreError> {
        let Some(table) = TABLES.iter().find(|known| known.name == table) else {
            self.wrong(number, format!("there is no table {table:?}"));
            return Ok(());
        };
        let values = match table.values_of(&row) {
            Ok(values) => values,
            Err(wrong) => {
                for (column, why) in wrong {
                    let at = format!("{}/{column}", table.name);
                    self.check.problems.add(number, at, why);
                }
                Vec::new()
            }
        };
        self.check.row(number, table.name, &row);
        if !self.check.problems.is_empty() {
            return Ok(());
        }
        match tx.run(table.insert(), values).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_refused_row() => {
                let why = "the database refuses this row; was the document changed by hand?";
                self.check
                    .problems
                    .add(number, table.name.into(), why.into());
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// How many rows there were, unless anything was wrong.
    fn finish(mut self, number: u64) -> Result<u64, TransferError> {
        if !self.has_ended {
            let why = "the document ends here without its end; it was cut off, export it again";
            self.wrong(number, why);
        }
        self.check.end(number);
        if !self.check.problems.is_empty() {
            return Err(TransferError::Wrong(self.check.problems));
        }
        Ok(self.rows)
    }

    fn wrong(&mut self, number: u64, why: impl Into<String>) {
        self.check.problems.add(number, String::new(), why.into());
    }
}

async fn export_table(
    tx: &mut Tx,
    table: &Table,
    out: &mut (dyn Write + Send),
) -> Result<u64, TransferError> {
    let (mut statement, mut key) = (table.first_page(), Vec::new());
    let mut count = 0;
    loop {
        let rows = tx.rows(statement, key).await?;
        for row in &rows {
            let values = table.to_json(row)?;
            write_line(out, &Line::Row(table.name.into(), values))?;
        }
        count += rows.len() as u64;
        match rows.last() {
            Some(last) if is_full_page(&rows) => key = table.key_of(last)?,
            Some(_) | None => return Ok(count),
        }
        statement = table.next_page();
    }
}

async fn must_be_empty(tx: &mut Tx) -> Result<(), TransferError> {
    for table in TABLES {
        if tx.row(table.any_row(), Vec::new()).await?.is_some() {
            return Err(TransferError::NotEmpty { table: table.name });
        }
    }
    Ok(())
}

fn check_head(line: Option<Result<String, String>>) -> Result<(), TransferError> {
    let head: Head = line
        .and_then(Result::ok)
        .and_then(|line| serde_json::from_str(&line).ok())
        .filter(|head: &Head| head.form == FORM)
        .ok_or(TransferError::NoState)?;
    if head.version != VERSION {
        let found = head.version;
        return Err(TransferError::OtherVersion { found });
    }
    let (found, here) = (head.schema, migrate::head());
    if !(OLDEST_SCHEMA..=here).contains(&found) {
        return Err(TransferError::OtherSchema { found, here });
    }
    Ok(())
}

fn parse(line: &str) -> Result<Line, String> {
    serde_json::from_str(line).map_err(|error| error.to_string())
}

fn write_line<T: Serialize>(out: &mut (dyn Write + Send), line: &T) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}
