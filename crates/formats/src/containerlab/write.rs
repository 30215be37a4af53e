//! A lab as a topology file, and the files that lie beside it.
//!
//! ```text
//! Lab ─▶ management, nodes, bridges, links ─▶ Out ─▶ text;   files, drawing ─▶ beside it
//! ```
//! What is written reads back to the same lab, but for what is named as lost: things of ours that no topology
//! file has a word for.

mod container;
mod drawing;
mod ends;
mod links;
mod management;
mod nodes;
mod out;

use std::collections::{BTreeMap, BTreeSet};

use model::lab::File;
use model::{IfaceIndex, Lab, NetworkId, NodeId};
use serde_json::{Map, Value};

use super::top::KEPT;
use crate::Loss;
use crate::loss::short;

use out::Out;

/// A topology file.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub text: String,
    /// What lies beside it, by its path from there: the files that nodes bind, and the drawing.
    pub files: BTreeMap<String, File>,
    pub losses: Vec<Loss>,
}

/// The lab as the topology file of this name (`lab.clab.yml`).
pub fn write(lab: &Lab, file_name: &str) -> Written {
    let mut writing = Writing::new(lab);
    let mut top = vec![("name".to_owned(), Out::word(&writing.name()))];
    top.extend(kept_keys(&lab.extra, &["prefix", "debug"]));
    let managed = management::managed(lab);
    if let Some(mgmt) = management::section(&mut writing) {
        top.push(("mgmt".into(), mgmt));
    }
    let mut topology = vec![("nodes".to_owned(), nodes::section(&managed, &mut writing))];
    let links = links::section(&managed, &mut writing);
    if !links.is_empty() {
        topology.push(("links".into(), Out::List(links)));
    }
    top.push(("topology".into(), Out::Map(topology)));
    ends::lose_rest(&mut writing);
    writing.lose_rest();
    drawing::add(file_name, &mut writing);
    Written {
        text: Out::Map(top).to_text(),
        files: writing.files,
        losses: writing.losses,
    }
}

/// What is gathered on the way.
struct Writing<'l> {
    lab: &'l Lab,
    files: BTreeMap<String, File>,
    losses: Vec<Loss>,
    /// How the file calls each shared network that is a node there.
    bridges: BTreeMap<NetworkId, String>,
}

/// Interfaces on the management network, which no link of the file names.
type Managed = BTreeSet<(NodeId, IfaceIndex)>;

impl<'l> Writing<'l> {
    fn new(lab: &'l Lab) -> Self {
        Self {
            lab,
            files: BTreeMap::new(),
            losses: Vec::new(),
            bridges: nodes::names_of_bridges(lab),
        }
    }

    fn lose(&mut self, path: &str, value: &str, consequence: &str, cure: &str) {
        self.losses.push(Loss {
            place: None,
            path: path.to_owned(),
            value: short(value),
            consequence: consequence.into(),
            cure: cure.into(),
        });
    }

    /// Keys that nobody here knows.
    fn lose_extra(&mut self, path: &str, extra: &Map<String, Value>, known: &[&str]) {
        for (key, value) in extra {
            if key != KEPT && !known.contains(&key.as_str()) {
                let why = "a topology file has no such key";
                self.lose(&format!("{path}.{key}"), &value.to_string(), why, KEEP);
            }
        }
    }

    /// Of letters, digits and - . _, as containerlab has it.
    fn name(&mut self) -> String {
        let lab = self.lab;
        let name = plain_name(&lab.name);
        if name != lab.name {
            let why = format!("containerlab takes no such name; it is {name} in the file");
            self.lose("name", &lab.name, &why, "rename the lab");
        }
        name
    }

    fn lose_rest(&mut self) {
        let lab = self.lab;
        if !lab.description.is_empty() {
            let why = "a topology file has no place for it";
            self.lose("description", &lab.description, why, KEEP);
        }
        self.lose_extra("lab", &lab.extra, &[]);
    }
}

/// The cure for what only our own format has.
const KEEP: &str = "keep the lab in nova-ve's own format, too";

fn plain_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_') {
            c
        } else {
            '-'
        }
    };
    let name: String = name.chars().map(plain).collect();
    let name = name.trim_start_matches(['-', '.', '_']);
    if name.is_empty() {
        "lab".into()
    } else {
        name.into()
    }
}

/// What was kept of the file that the thing came from.
fn kept_keys(extra: &Map<String, Value>, keys: &[&str]) -> Vec<(String, Out)> {
    let kept = extra.get(KEPT).and_then(Value::as_object);
    let of = |key: &&str| Some(((*key).to_owned(), Out::of_json(kept?.get(*key)?)));
    keys.iter().filter_map(of).collect()
}
