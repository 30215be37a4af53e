//! One row of a document, asked cell by cell. Every column is there, and of its kind.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use model::words::one_line;

use super::{MAX_NUMBER, StateProblems};

/// So much of a value is repeated in the words about it.
const SHOWN_CHARS: usize = 60;

pub(super) struct Cells<'a> {
    line: u64,
    table: &'static str,
    row: &'a Map<String, Json>,
    problems: &'a mut StateProblems,
}

impl<'a> Cells<'a> {
    pub(super) fn new(
        line: u64,
        table: &'static str,
        row: &'a Map<String, Json>,
        problems: &'a mut StateProblems,
    ) -> Self {
        Self {
            line,
            table,
            row,
            problems,
        }
    }

    pub(super) fn wrong(&mut self, column: &str, why: String) {
        let at = match column {
            "" => self.table.to_owned(),
            column => format!("{}/{column}", self.table),
        };
        self.problems.add(self.line, at, why);
    }

    /// Times and counters.
    pub(super) fn numbers(&mut self) {
        for (column, value) in self.row {
            if let Some(number) = value.as_u64().filter(|number| *number > MAX_NUMBER) {
                self.wrong(column, format!("{number} is too high"));
            }
        }
    }

    /// Empty for nothing.
    pub(super) fn text(&self, column: &str) -> &'a str {
        self.text_or_null(column).unwrap_or_default()
    }

    pub(super) fn text_or_null(&self, column: &str) -> Option<&'a str> {
        self.row.get(column).and_then(Json::as_str)
    }

    /// 0 for nothing.
    pub(super) fn number(&self, column: &str) -> u64 {
        self.number_or_null(column).unwrap_or_default()
    }

    pub(super) fn number_or_null(&self, column: &str) -> Option<u64> {
        self.row.get(column).and_then(Json::as_u64)
    }

    /// An id as we write it; another spelling of the same would not be found again.
    pub(super) fn id(&mut self, column: &str) -> Option<Uuid> {
        let text = self.text(column);
        let id = Uuid::from_str(text).ok();
        let id = id.filter(|id| id.hyphenated().to_string() == text);
        if id.is_none() {
            self.wrong(column, format!("{} is no id", shown(text)));
        }
        id
    }

    pub(super) fn word(&mut self, column: &str, known: &[&str]) {
        let word = self.text(column);
        if !known.contains(&word) {
            let known = known.join(", ");
            self.wrong(column, format!("{} is none of {known}", shown(word)));
        }
    }

    /// A SHA-256 in hex.
    pub(super) fn hash(&mut self, column: &str) {
        let text = self.text(column);
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 64 || !text.bytes().all(is_hex) {
            self.wrong(column, "is no SHA-256 in hex".into());
        }
    }

    pub(super) fn json<T: DeserializeOwned>(&mut self, column: &str) {
        if let Err(error) = serde_json::from_str::<T>(self.text(column)) {
            self.wrong(column, error.to_string());
        }
    }

    /// A number in a range.
    pub(super) fn parsed<T: TryFrom<u64, Error: Display>>(&mut self, column: &str) {
        if let Err(why) = T::try_from(self.number(column)) {
            self.wrong(column, why.to_string());
        }
    }

    pub(super) fn must(&mut self, holds: bool, column: &str, why: &str) {
        if !holds {
            self.wrong(column, why.into());
        }
    }

    /// The form that lists are ordered by and names are found by.
    pub(super) fn must_be_key_of(&mut self, key: &str, name: &str) {
        let expected = self.text(name).to_lowercase();
        if self.text(key) != expected {
            self.wrong(key, format!("is not {name} in small letters"));
        }
    }
}

pub(super) fn shown(text: &str) -> String {
    format!("{:?}", one_line(text, SHOWN_CHARS))
}
