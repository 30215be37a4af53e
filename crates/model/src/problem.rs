//! What is wrong, where, and what to do: the unit in which validation answers.

use serde::{Deserialize, Serialize};

/// One thing wrong with a lab, an edit or a spec.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Where, as a path into the lab: `nodes/3/interfaces/0`.
    pub at: String,
    /// A stable word for programs: `interface_linked_twice`.
    pub code: String,
    /// What is wrong and with which thing, then what to do; plain words.
    pub message: String,
}

impl Problem {
    pub fn new(at: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.at.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.at, self.message)
    }
}
