//! Variables of a node: its files of them first, then what the topology writes out.

use std::collections::BTreeMap;

use crate::containerlab::binds::fetch;
use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, text, texts};
use crate::yaml::Node;

/// Asks containerlab for the variables of the shell that starts it.
const IMPORT: &str = "__IMPORT_ENVS";

pub fn read(def: &Def<'_>, reading: &mut Reading<'_>) -> BTreeMap<String, String> {
    let mut env = BTreeMap::new();
    for file in def.members("env-files", &mut reading.ledger) {
        let path = text(file);
        if let Some(bytes) = fetch(&path, file, reading) {
            if let Ok(content) = std::str::from_utf8(&bytes) {
                env.extend(of_file(content));
                continue;
            }
            let why = format!("{path} is no text");
            let cure = "write NAME=value, one a line";
            reading.ledger.lose(file, why, cure);
        }
    }
    let mut written = def.entries("env", &mut reading.ledger);
    written.retain(|node| is_variable(*node, reading));
    env.extend(texts(&written));
    env
}

fn is_variable(node: Node<'_>, reading: &mut Reading<'_>) -> bool {
    if node.key() != IMPORT {
        return true;
    }
    let why = "variables come only with the import, never from a server's environment";
    reading
        .ledger
        .lose(node, why, "write out those that the node needs");
    false
}

/// `NAME=value` lines, as Docker reads them: no quotes, no spaces taken away.
fn of_file(content: &str) -> BTreeMap<String, String> {
    content
        .lines()
        .map(str::trim_start)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
