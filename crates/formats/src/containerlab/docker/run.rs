//! What a node runs, and when.

use crate::containerlab::binds::in_words_of;
use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, text};

pub fn word(def: &Def<'_>, key: &str, reading: &mut Reading<'_>) -> String {
    let node = def.first(key, &mut reading.ledger);
    node.map(|node| text(node).trim().to_owned())
        .unwrap_or_default()
}

/// Empty when it is the node's own name, which it is without being said.
pub fn hostname(def: &Def<'_>, reading: &mut Reading<'_>) -> String {
    let mut name = word(def, "hostname", reading);
    if name == def.name {
        name.clear();
    }
    name
}

/// A program and its arguments, split as a shell would.
pub fn program(def: &Def<'_>, key: &str, reading: &mut Reading<'_>) -> Option<Vec<String>> {
    let node = def.first(key, &mut reading.ledger)?;
    let line = in_words_of(def, &text(node), reading);
    let argv = shlex::split(&line);
    if argv.is_none() {
        let message = format!("{line:?} has a quote that is not closed");
        reading.ledger.wrong(node, "command_odd", message);
    }
    argv.filter(|argv| !argv.is_empty())
}

/// Commands of every level, the node's own last, none twice.
pub fn exec(def: &Def<'_>, reading: &mut Reading<'_>) -> Vec<String> {
    let commands = def.members("exec", &mut reading.ledger);
    let mut lines: Vec<String> = Vec::new();
    for command in commands {
        let line = in_words_of(def, &text(command), reading);
        lines.push(line);
    }
    lines
}

pub fn start_delay(def: &Def<'_>, reading: &mut Reading<'_>) -> u32 {
    let node = def.first("startup-delay", &mut reading.ledger);
    node.and_then(|node| reading.number(node, "a number of seconds"))
        .unwrap_or_default()
}
