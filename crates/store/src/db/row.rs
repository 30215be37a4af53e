//! What a statement gives back, read by column name.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row as _, Sqlite, Type};

use crate::StoreError;

pub(crate) struct Row(pub(super) SqliteRow);

impl Row {
    pub(crate) fn text(&self, column: &str) -> Result<String, StoreError> {
        self.get(column)
    }

    pub(crate) fn text_or_null(&self, column: &str) -> Result<Option<String>, StoreError> {
        self.get(column)
    }

    /// A count, a time or a revision.
    pub(crate) fn number(&self, column: &str) -> Result<u64, StoreError> {
        let number: i64 = self.get(column)?;
        u64::try_from(number).map_err(|why| damaged(column, &why))
    }

    pub(crate) fn number_or_null(&self, column: &str) -> Result<Option<u64>, StoreError> {
        let number: Option<i64> = self.get(column)?;
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

    fn get<'r, T: Decode<'r, Sqlite> + Type<Sqlite>>(
        &'r self,
        column: &str,
    ) -> Result<T, StoreError> {
        self.0.try_get(column).map_err(|why| damaged(column, &why))
    }
}

fn damaged(column: &str, why: &dyn Display) -> StoreError {
    StoreError::Damaged {
        column: column.into(),
        why: why.to_string(),
    }
}
