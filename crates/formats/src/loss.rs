//! What another tool's file says and a lab cannot hold.

use serde::Serialize;

/// A place in a file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

/// Something of the file that the lab does not have, or of the lab that the file cannot have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Loss {
    /// Where in the file that was read; absent when one is written.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// The way to it: `topology.nodes.r1.ports[0]`.
    pub path: String,
    /// What is lost, as the file has it; cut when it is long.
    pub value: String,
    /// What that means.
    pub consequence: String,
    /// What to do about it.
    pub cure: String,
}

impl std::fmt::Display for Loss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            place,
            path,
            value,
            consequence,
            cure,
        } = self;
        if let Some(Place { line, .. }) = place {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{path}")?;
        if !value.is_empty() {
            write!(f, ": {value}")?;
        }
        write!(f, ": {consequence}; {cure}")
    }
}

/// Something that makes the file no lab.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Fault {
    #[serde(flatten)]
    pub place: Option<Place>,
    pub path: String,
    /// A stable word for programs: `no_such_node`.
    pub code: String,
    /// What is wrong, then what to do.
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            place,
            path,
            message,
            ..
        } = self;
        if let Some(Place { line, column }) = place {
            write!(f, "line {line}, column {column}: ")?;
        }
        if !path.is_empty() {
            write!(f, "{path}: ")?;
        }
        f.write_str(message)
    }
}

/// A text as it fits into a sentence.
pub(crate) fn short(text: &str) -> String {
    const MOST: usize = 80;
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !model::words::is_odd(*c))
        .take(MOST + 1)
        .collect();
    if line.chars().count() <= MOST {
        return line;
    }
    line.chars().take(MOST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_one_line_that_says_where_what_and_what_to_do() {
        let loss = Loss {
            place: Some(Place { line: 7, column: 3 }),
            path: "topology.nodes.r1.ports[0]".into(),
            value: "2211:22".into(),
            consequence: "no port of the host leads into the node".into(),
            cure: "use nova-ve forward".into(),
        };
        let said = loss.to_string();
        assert_eq!(
            said,
            "line 7: topology.nodes.r1.ports[0]: 2211:22: no port of the host leads into the node; \
             use nova-ve forward"
        );
    }

    #[test]
    fn a_long_text_is_cut_and_nothing_in_it_acts() {
        assert_eq!(short("a\nb\u{202e}c"), "a bc");
        assert_eq!(short(&"x".repeat(100)).chars().count(), 80);
    }
}
