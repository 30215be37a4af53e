//! A file that is no lab: everything that is wrong, each on a line that an editor jumps to.

use std::fmt;

use formats::{Fault, FormatError, Place};

use crate::output::plain;

/// A person mends some, and asks again.
const LISTED: usize = 1000;

#[derive(Debug)]
pub struct Refused {
    /// As a person named the file.
    shown: String,
    pub faults: Vec<Fault>,
}

impl Refused {
    pub fn new(shown: String, error: &FormatError) -> Self {
        let fault = |place, code: &str, message: String| {
            let (path, code) = (String::new(), code.to_owned());
            vec![Fault {
                place,
                path,
                code,
                message,
            }]
        };
        let faults = match error {
            FormatError::Problems(faults) => faults.clone(),
            FormatError::Syntax { line, column, what } => {
                let (line, column) = (*line, *column);
                fault(Some(Place { line, column }), "syntax", what.clone())
            }
            FormatError::TooLarge { .. } => fault(None, "too_large", error.to_string()),
            FormatError::SchemaUnknown { .. } => fault(None, "schema_unknown", error.to_string()),
        };
        Self { shown, faults }
    }

    /// `lab.clab.yml:7:5: topology.links[0]: there is no node "r3" in the file; …`
    fn line(&self, fault: &Fault) -> String {
        let place = fault.place;
        let place = place.map(|Place { line, column }| format!(":{line}:{column}"));
        let place = place.unwrap_or_default();
        let Fault { path, message, .. } = fault;
        let between = if path.is_empty() { "" } else { ": " };
        plain(&format!("{}{place}{between}{path}: {message}", self.shown))
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = &self.faults[..] {
            return f.write_str(&self.line(only));
        }
        write!(
            f,
            "{} is no lab, for {} reasons:",
            self.shown,
            self.faults.len()
        )?;
        for fault in self.faults.iter().take(LISTED) {
            write!(f, "\n  {}", self.line(fault))?;
        }
        match self.faults.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for Refused {}
