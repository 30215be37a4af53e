//! Folders of a node: those that outlive its container, and those in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::containerlab::binds::in_words_of;
use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, text};
use crate::yaml::Node;

/// `[name:]path[:options]`, and binds without a source.
pub fn volumes(
    def: &Def<'_>,
    of_binds: &BTreeMap<String, Node<'_>>,
    reading: &mut Reading<'_>,
) -> BTreeSet<String> {
    let mut paths: BTreeSet<String> = of_binds.keys().cloned().collect();
    let lists = def.all("volumes", &mut reading.ledger);
    for volume in lists.into_iter().flat_map(Node::children) {
        let whole = in_words_of(def, &text(volume), reading);
        let mut parts: Vec<&str> = whole.split(':').collect();
        let named = !parts[0].starts_with('/') && parts.len() > 1;
        if named {
            let why = "the folder is the node's own, not one of a name that nodes share";
            let cure = "keep what nodes share in one of them, and fetch it from there";
            reading.ledger.lose(volume, why, cure);
            parts.remove(0);
        }
        let path = parts.remove(0).trim_end_matches('/');
        if parts.iter().any(|option| *option != "rw") && !named {
            let why = format!(
                "a folder of the node's own has no options ({})",
                parts.join(":")
            );
            reading.ledger.lose(volume, why, "nothing is to be done");
        }
        paths.insert(path.to_owned());
    }
    paths
}

pub fn tmpfs(def: &Def<'_>, reading: &mut Reading<'_>) -> BTreeMap<String, String> {
    let entries = def.entries("tmpfs", &mut reading.ledger);
    crate::containerlab::reading::texts(&entries)
}
