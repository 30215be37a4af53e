//! Our own format: the lab as JSON, pretty, keys in a stable order, unknown keys kept.

use model::lab::{Lab, SCHEMA};
use model::limits;
use serde::Deserialize;

use crate::error::{FormatError, as_text, check_size};
use crate::yaml::{self, LineMap};
use crate::{Fault, Place};

/// Reads a lab file. Whether the lab is a good one is `model::validate`'s to say.
pub fn read(bytes: &[u8]) -> Result<Lab, FormatError> {
    check_size(bytes)?;
    let text = as_text(bytes)?;
    check_depth(bytes)?;
    serde_json::from_str(text).map_err(|error| explain(text, &error))
}

/// What is wrong with the lab that was read from these bytes, each with its place in them.
pub fn check(bytes: &[u8], lab: &Lab) -> Vec<Fault> {
    let problems = model::validate::validate(lab);
    if problems.is_empty() {
        return Vec::new();
    }
    // JSON is YAML, of which the tree knows its places; where it is not, the path has to do.
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let tree = yaml::parse(text, &LineMap::default()).ok();
    let root = tree.as_ref().map(|(tree, _)| tree.root());
    let fault = |problem: model::problem::Problem| Fault {
        place: root.map(|root| place_of(root, &problem.at)),
        path: problem.at,
        code: problem.code,
        message: problem.message,
    };
    problems.into_iter().map(fault).collect()
}

/// Where a path into the lab leads, as far as the file has it.
fn place_of(root: yaml::Node<'_>, at: &str) -> Place {
    let mut node = root;
    for step in at.split('/') {
        // Links are a list, and known by their numbers.
        let is_it = |link: &yaml::Node<'_>| link.get("id").and_then(yaml::Node::text) == Some(step);
        let next = if node.is_list() {
            let nth = step.parse().ok().and_then(|n| node.children().nth(n));
            node.children().find(is_it).or(nth)
        } else {
            node.get(step)
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    node.place()
}

/// The file of a lab; reading it gives the same lab, writing that the same file.
pub fn write(lab: &Lab) -> String {
    let mut text = serde_json::to_string_pretty(lab).expect("a lab has text keys only");
    text.push('\n');
    text
}

/// A file of a newer format may break any rule of ours, so that is looked at first.
fn explain(text: &str, error: &serde_json::Error) -> FormatError {
    #[derive(Deserialize)]
    struct Probe {
        schema: u64,
    }
    match serde_json::from_str(text) {
        Ok(Probe { schema }) if schema > u64::from(SCHEMA) => FormatError::SchemaUnknown {
            found: schema,
            known: SCHEMA,
        },
        Ok(Probe { .. }) | Err(_) => syntax(error),
    }
}

/// The parser's words without its own place, which has a field of its own.
fn syntax(error: &serde_json::Error) -> FormatError {
    let (line, column) = (error.line(), error.column());
    let words = error.to_string();
    let what = words
        .strip_suffix(&format!(" at line {line} column {column}"))
        .unwrap_or(&words);
    FormatError::Syntax {
        line,
        column,
        what: what.into(),
    }
}

/// Looked at before anything is built from it.
fn check_depth(bytes: &[u8]) -> Result<(), FormatError> {
    let max = limits::LAB_MAX_DEPTH;
    match limits::too_deep_at(bytes, max) {
        None => Ok(()),
        Some(offset) => {
            let what = format!("more than {max} brackets in one another");
            Err(FormatError::at(bytes, offset, what))
        }
    }
}
