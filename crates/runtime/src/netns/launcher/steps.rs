//! How launcher and child keep in step, and how a failed step is told.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use serde::{Deserialize, Serialize};

/// `what` fits after "failed to".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    pub what: String,
    pub why: String,
}

impl StepError {
    pub fn new(what: impl Into<String>, why: String) -> Self {
        Self {
            what: what.into(),
            why,
        }
    }
}

/// Names the step that failed.
pub fn step<T, E: Display>(what: impl Into<String>, result: Result<T, E>) -> Result<T, StepError> {
    result.map_err(|error| StepError::new(what, error.to_string()))
}

/// What the two say to each other, a JSON line each.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub enum Word {
    Go,
    Unshared,
    /// The child is confined, and supervises as soon as it may.
    Ready {
        placed: BTreeMap<String, u64>,
    },
    Failed(StepError),
}

pub struct Channel(RefCell<BufReader<UnixStream>>);

impl Channel {
    pub fn new(stream: UnixStream) -> Self {
        Self(RefCell::new(BufReader::new(stream)))
    }

    pub fn say(&self, word: &Word) -> Result<(), StepError> {
        let mut line = step("speak to the other process", serde_json::to_vec(word))?;
        line.push(b'\n');
        let mut stream = self.0.borrow_mut();
        step(
            "speak to the other process",
            stream.get_mut().write_all(&line),
        )
    }

    pub fn expect(&self, expected: &Word) -> Result<(), StepError> {
        match self.hear()? {
            Word::Failed(error) => Err(error),
            word if word == *expected => Ok(()),
            word => Err(StepError::new("keep in step", format!("{word:?} came"))),
        }
    }

    pub fn expect_ready(&self) -> Result<BTreeMap<String, u64>, StepError> {
        match self.hear()? {
            Word::Ready { placed } => Ok(placed),
            Word::Failed(error) => Err(error),
            word @ (Word::Go | Word::Unshared) => {
                Err(StepError::new("keep in step", format!("{word:?} came")))
            }
        }
    }

    fn hear(&self) -> Result<Word, StepError> {
        let mut line = String::new();
        let length = step(
            "hear the other process",
            self.0.borrow_mut().read_line(&mut line),
        )?;
        if length == 0 {
            return Err(StepError::new("hear the other process", "it ended".into()));
        }
        step("understand the other process", serde_json::from_str(&line))
    }
}
