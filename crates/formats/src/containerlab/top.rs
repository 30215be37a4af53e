//! The keys above `topology`, and the variables that were left.

use std::collections::BTreeSet;

use serde_json::{Map, json};

use super::reading::{Reading, text};
use crate::yaml::{Node, Tree};

/// Where keys of containerlab that mean nothing here wait for the way back.
pub const KEPT: &str = "containerlab";

pub fn read(root: Node<'_>, unset: &BTreeSet<String>, tree: &Tree, reading: &mut Reading<'_>) {
    if !root.is_map() {
        let message = "a topology file begins with `name:` and `topology:`; is this one?";
        reading.ledger.wrong(root, "no_topology", message);
        return;
    }
    if let Some(name) = root.given("name") {
        reading.ledger.take(name);
        reading.comes_from("name", name);
        reading.lab.name = text(name);
        if text(name).contains("__git") {
            let why = "what git says is not put in";
            reading.ledger.lose(name, why, "write the name out");
        }
    } else {
        let message = "the file has no `name:`; give the lab one";
        reading.ledger.wrong(root, "name_missing", message);
    }
    if root.given("topology").is_none() {
        let message = "the file has no `topology:`; is it one of containerlab's?";
        reading.ledger.wrong(root, "no_topology", message);
    }
    keep(root, reading);
    name_unset(unset, tree, reading);
}

/// Containers are found by their lab and node here, so a prefix has nothing to do; it goes back out.
fn keep(root: Node<'_>, reading: &mut Reading<'_>) {
    let mut kept = Map::new();
    for key in ["prefix", "debug"] {
        if let Some(node) = root.get(key) {
            reading.ledger.take(node);
            if !node.is_null() {
                kept.insert(key.into(), node.to_json());
            }
        }
    }
    if let Some(settings) = root.get("settings") {
        let why = "nova-ve makes no certificates for nodes";
        let cure = "bind the files that a node needs";
        reading.ledger.lose_each(settings, why, cure);
    }
    if !kept.is_empty() {
        reading.lab.extra.insert(KEPT.into(), kept.into());
    }
}

/// Each variable without a value is told once, where it first stands.
fn name_unset(unset: &BTreeSet<String>, tree: &Tree, reading: &mut Reading<'_>) {
    let mut open: BTreeSet<&str> = unset.iter().map(String::as_str).collect();
    for node in tree.all() {
        if open.is_empty() {
            return;
        }
        let text = if node.target().is_none() {
            node.text().unwrap_or_default()
        } else {
            ""
        };
        for place in [node.key(), text] {
            for found in names_in(place) {
                if open.remove(found) {
                    let why = "it has no value and no default, and stays as it is written";
                    let cure = format!("give it a value with the import, or write $${found}");
                    reading.ledger.remark(node, format!("${found}"), why, cure);
                }
            }
        }
    }
}

fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('$').map(|(at, _)| {
        let rest = &text[at + 1..];
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        &rest[..end]
    })
}

/// A thing that is kept beside what we know: `extra.containerlab.KEY`.
pub fn keep_in(extra: &mut Map<String, serde_json::Value>, key: &str, value: serde_json::Value) {
    let kept = extra.entry(KEPT).or_insert_with(|| json!({}));
    if let Some(kept) = kept.as_object_mut() {
        kept.insert(key.into(), value);
    }
}

/// What [`keep_in`] kept.
pub fn kept<'e>(
    extra: &'e Map<String, serde_json::Value>,
    key: &str,
) -> Option<&'e serde_json::Value> {
    extra.get(KEPT)?.get(key)
}
