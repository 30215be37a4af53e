//! What a statement gives back, read by column name.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, TypeInfo as _, ValueRef as _};

use crate::StoreError;

pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.text_or_null(column)?
            .ok_or_else(|| damaged(column, &"there is nothing"))
    }

    pub(crate) fn text_or_null(&self, column: &str) -> Result<Option<String>, StoreError> {
        let text = match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        };
        text.map_err(|why| damaged(column, &why))
    }

    /// A count, a time or a revision.
    pub(crate) fn number(&self, column: &str) -> Result<u64, StoreError> {
        self.number_or_null(column)?
            .ok_or_else(|| damaged(column, &"there is nothing"))
    }

    pub(crate) fn number_or_null(&self, column: &str) -> Result<Option<u64>, StoreError> {
        let number = match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => postgres_number(row, column),
        };
        let number: Option<i64> = number.map_err(|why| damaged(column, &why))?;
        number
            .map(|n| u64::try_from(n).map_err(|why| damaged(column, &why)))
            .transpose()
    }

    pub(crate) fn yes(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.number(column)? != 0)
    }

    /// A text in a form of ours: an id, a word.
    pub(crate) fn parsed<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, StoreError> {
        self.text(column)?
            .parse()
            .map_err(|why| damaged(column, &why))
    }

    pub(crate) fn parsed_or_null<T: FromStr<Err: Display>>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        let text = self.text_or_null(column)?;
        text.map(|text| text.parse().map_err(|why| damaged(column, &why)))
            .transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, StoreError> {
        serde_json::from_str(&self.text(column)?).map_err(|why| damaged(column, &why))
    }

    pub(crate) fn json_or_null<T: DeserializeOwned>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        let text = self.text_or_null(column)?;
        text.map(|text| serde_json::from_str(&text).map_err(|why| damaged(column, &why)))
            .transpose()
    }
}

/// A column is 64 bits wide; an expression of small numbers (`CASE WHEN … THEN 1 ELSE 0 END`) is 32.
fn postgres_number(row: &PgRow, column: &str) -> Result<Option<i64>, sqlx::Error> {
    if row.try_get_raw(column)?.type_info().name() == "INT4" {
        let number: Option<i32> = row.try_get(column)?;
        return Ok(number.map(i64::from));
    }
    row.try_get(column)
}

fn damaged(column: &str, why: &dyn Display) -> StoreError {
    StoreError::Damaged {
        column: column.into(),
        why: why.to_string(),
    }
}
