//! What is looked at before work is spent on it.

use model::limits;

use super::ledger::Ledger;
use super::levels::Sections;
use crate::error::FormatError;
use crate::yaml::Node;

/// Bytes of all nodes' definitions with what they inherit and name by aliases: some times what a lab may have.
const GROWN_MAX: usize = limits::LAB_MAX_BYTES * 4;
/// A value costs more than its letters.
const VALUE_BYTES: usize = 16;

/// Templates are programs. There is no engine of their language that could be trusted with a stranger's
/// file: with bounds of steps and size.
pub fn refuse_template(source: &str) -> Result<(), FormatError> {
    let mut offset = 0;
    for line in source.split_inclusive('\n') {
        let is_comment = line.trim_start().starts_with('#');
        if let Some(at) = line.find("{{").filter(|_| !is_comment) {
            let what = "this is a Go template, which nova-ve does not run; render it first, as with \
                        `gomplate -f FILE -c .=VARS`, and import what comes out";
            return Err(FormatError::at(source.as_bytes(), offset + at, what));
        }
        offset += line.len();
    }
    Ok(())
}

/// Counts, and what inheritance and aliases would make of the file.
pub fn check_growth(root: Node<'_>, ledger: &mut Ledger) {
    let Some(topology) = root.given("topology") else {
        return;
    };
    for (what, max) in [("nodes", limits::NODES_MAX), ("links", limits::LINKS_MAX)] {
        let Some(section) = topology.given(what) else {
            continue;
        };
        let count = section.children().len();
        if count > max {
            let message = format!("{count} {what}; at most {max} are possible");
            ledger.wrong(section, "too_many", message);
        }
    }
    if ledger.is_wrong() {
        return;
    }
    let sections = Sections::of(topology);
    let mut known = std::collections::BTreeMap::new();
    let mut grown = bytes_of(root);
    for own in topology.get("nodes").into_iter().flat_map(Node::children) {
        for level in sections.define(own).behind() {
            let bytes = known.entry(level.id()).or_insert_with(|| bytes_of(*level));
            grown = grown.saturating_add(*bytes);
        }
    }
    if grown > GROWN_MAX {
        let message = format!(
            "with what is inherited and named by aliases the file grows to {grown} bytes; at most \
             {GROWN_MAX} are possible"
        );
        ledger.wrong(topology, "too_large", message);
    }
}

fn bytes_of(node: Node<'_>) -> usize {
    let mut bytes = 0_usize;
    node.walk(&mut |at| {
        let own = at.key().len() + at.text().map_or(0, str::len);
        bytes = bytes.saturating_add(own + VALUE_BYTES);
    });
    bytes
}
