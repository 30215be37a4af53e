//! Why a file is no lab, with the place in it.

use crate::loss::Fault;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error("the file has {bytes} bytes; a lab has at most {max}")]
    TooLarge { bytes: usize, max: usize },
    #[error("line {line}, column {column}: {what}")]
    Syntax {
        line: usize,
        column: usize,
        what: String,
    },
    #[error(
        "the lab is of format {found}, this version reads {known}; use a newer nova-ve, or export it \
         there for this one"
    )]
    SchemaUnknown { found: u64, known: u32 },
    #[error("{}", list(.0))]
    Problems(Vec<Fault>),
}

impl FormatError {
    /// At this byte of the file.
    pub(crate) fn at(bytes: &[u8], offset: usize, what: impl Into<String>) -> Self {
        let before = &bytes[..offset.min(bytes.len())];
        let line = before.split(|byte| *byte == b'\n').count();
        let start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        Self::Syntax {
            line,
            column: offset - start + 1,
            what: what.into(),
        }
    }
}

/// Refuses what is too large to be looked at.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), FormatError> {
    let max = model::limits::LAB_MAX_BYTES;
    if bytes.len() > max {
        return Err(FormatError::TooLarge {
            bytes: bytes.len(),
            max,
        });
    }
    Ok(())
}

/// The text of the file, or where it stops being one.
pub(crate) fn as_text(bytes: &[u8]) -> Result<&str, FormatError> {
    std::str::from_utf8(bytes).map_err(|error| {
        FormatError::at(
            bytes,
            error.valid_up_to(),
            "a byte that is no UTF-8 text; is this a lab file?",
        )
    })
}

/// A person mends some, and asks again.
const LISTED: usize = 50;

fn list(problems: &[Fault]) -> String {
    let named = problems.iter().take(LISTED).map(Fault::to_string);
    let more = problems.len().saturating_sub(LISTED);
    let rest = (more > 0).then(|| format!("and {more} more"));
    named.chain(rest).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_problems_is_cut_and_says_so() {
        let problem = Fault {
            place: None,
            path: "nodes/1".into(),
            code: "odd".into(),
            message: "is odd".into(),
        };
        let text = |count| FormatError::Problems(vec![problem.clone(); count]).to_string();
        assert_eq!(text(2), "nodes/1: is odd\nnodes/1: is odd");
        assert!(text(LISTED + 7).ends_with("is odd\nand 7 more"));
    }
}
