//! Whether a state document is one that a server of ours could have written.
//!
//! The tables' own rules catch some of what a hand or a fault does to a document. What they let
//! through would be found later by whom it hurts: an installation without an administrator, a user
//! whose name is another's for the eye, a tombstone of a lab that lives. Every problem is named, and
//! goes on being looked for after the first.

mod cells;
mod labs;
mod people;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use model::LabId;
use serde_json::{Map, Value as Json};

use crate::UserId;
use cells::Cells;

/// So many are listed; a person mends them one after the other.
const LISTED: usize = 50;
/// Beyond it a browser's numbers are no longer whole; times and counters never get there.
const MAX_NUMBER: u64 = 1 << 53;

/// What is wrong with a state document, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateProblem {
    pub line: u64,
    /// The table and the column, `users/role`; empty where it is the line itself.
    pub at: String,
    pub why: String,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StateProblems {
    pub listed: Vec<StateProblem>,
    /// How many more there are.
    pub more: u64,
}

/// What was read so far.
#[derive(Debug, Default)]
pub(super) struct Check {
    pub(super) problems: StateProblems,
    users: BTreeMap<UserId, SeenUser>,
    labs: BTreeMap<LabId, SeenLab>,
    /// What may be there once, by its kind.
    once: BTreeSet<(&'static str, String)>,
    /// How many there are of what has a limit.
    counts: BTreeMap<(&'static str, String), u64>,
}

#[derive(Debug)]
struct SeenUser {
    is_removed: bool,
    is_admin: bool,
}

#[derive(Debug)]
struct SeenLab {
    owner: String,
    /// Whether it is there for people.
    is_visible: bool,
}

impl Check {
    pub(super) fn row(&mut self, line: u64, table: &'static str, row: &Map<String, Json>) {
        let mut problems = std::mem::take(&mut self.problems);
        let mut cells = Cells::new(line, table, row, &mut problems);
        cells.numbers();
        match table {
            "settings" => self.setting(&mut cells),
            "users" => self.user(&mut cells),
            "tokens" => self.token(&mut cells),
            "labs" => self.lab(&mut cells),
            "shares" => self.share(&mut cells),
            "edits" => self.edit(&mut cells),
            "run_wishes" => self.wish(&mut cells),
            "specs" => self.spec(&mut cells),
            "audit" => self.audit(&mut cells),
            other => cells.wrong("", format!("nobody knows the rules of {other}")),
        }
        self.problems = problems;
    }

    /// What only the whole can be asked.
    pub(super) fn end(&mut self, line: u64) {
        let is_admin = |user: &SeenUser| user.is_admin && !user.is_removed;
        if !self.users.values().any(is_admin) {
            let why = "there is no administrator; an installation has one at least";
            self.problems.add(line, "users".into(), why.into());
        }
    }

    fn setting(&mut self, cells: &mut Cells<'_>) {
        match cells.text("key") {
            "controller_id" | "labs_folder" => drop(cells.id("value")),
            other => cells.wrong("key", format!("there is no setting {other:?}")),
        }
        self.must_be_first(cells, "key", "settings", cells.text("key").into());
    }

    fn must_be_first(
        &mut self,
        cells: &mut Cells<'_>,
        column: &str,
        kind: &'static str,
        key: String,
    ) {
        if !self.once.insert((kind, key)) {
            cells.wrong(column, "was there before".into());
        }
    }

    fn must_have_room(
        &mut self,
        cells: &mut Cells<'_>,
        column: &str,
        (kind, of, most): (&'static str, &str, u64),
    ) {
        let count = self.counts.entry((kind, of.to_owned())).or_default();
        *count += 1;
        if *count == most + 1 {
            cells.wrong(column, format!("{of} has more than {most} {kind}"));
        }
    }
}

impl StateProblems {
    pub(super) fn add(&mut self, line: u64, at: String, why: String) {
        if self.listed.len() < LISTED {
            self.listed.push(StateProblem { line, at, why });
        } else {
            self.more += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

impl fmt::Display for StateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.at {
            "" => write!(f, "line {}: {}", self.line, self.why),
            at => write!(f, "line {}, {at}: {}", self.line, self.why),
        }
    }
}

impl fmt::Display for StateProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.listed {
            write!(f, "\n  {problem}")?;
        }
        match self.more {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}
