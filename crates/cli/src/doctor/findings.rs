//! One line of the doctor's report.

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Ok,
    Note,
    Warn,
    Fail,
}

impl Level {
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub level: Level,
    /// A few words: what was looked at.
    pub what: String,
    /// What was found, and what follows from it.
    pub says: String,
    /// The command or the sentence that mends it; absent: nothing to mend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

impl Finding {
    pub fn new(level: Level, what: &str, says: impl Into<String>) -> Self {
        Self {
            level,
            what: what.into(),
            says: says.into(),
            mend: None,
        }
    }

    #[must_use]
    pub fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

/// The report as people read it.
pub fn report(findings: &[Finding], paint: impl Fn(Level, &str) -> String) -> String {
    let width = findings
        .iter()
        .map(|f| f.what.chars().count())
        .max()
        .unwrap_or(0);
    let mut lines = Vec::new();
    for finding in findings {
        let word = paint(finding.level, &format!("{:<4}", finding.level.word()));
        lines.push(format!(
            "{word}  {:<width$}  {}",
            finding.what, finding.says
        ));
        for line in finding.mend.iter().flat_map(|mend| mend.lines()) {
            lines.push(format!("      {:<width$}  -> {line}", ""));
        }
    }
    lines.push(String::new());
    lines.push(summary(findings));
    lines.join("\n")
}

fn summary(findings: &[Finding]) -> String {
    let count = |level| findings.iter().filter(|f| f.level == level).count();
    match (count(Level::Fail), count(Level::Warn)) {
        (0, 0) => "This host is ready.".into(),
        (0, warnings) => format!("This host is ready; {warnings} thing(s) could be better."),
        (failures, _) => {
            format!("{failures} thing(s) must be mended before `nova-ve up` can work here.")
        }
    }
}
