//! containerlab's topology files.
//!
//! ```text
//! bytes ─variables─▶ text ─yaml─▶ tree ─schema─▶ nodes ─▶ management ─▶ links ─▶ layout ─▶ Lab, losses
//!                                    └────────── ledger: each value is taken over or lost ──────────┘
//! ```
//! A `linux` node becomes a container, a bridge a shared network, any other kind is kept with all its keys.
//! What reaches the host stands in `model::reach`: what a node may ask for is put into it, the rest is lost.
//! Go templates are refused: nothing of a template language is run.

mod aliases;
mod annotations;
mod binds;
mod docker;
mod guard;
mod layout;
mod ledger;
mod levels;
mod links;
mod management;
mod nodes;
#[cfg(test)]
mod page;
mod reading;
mod schema;
mod top;
mod variables;
mod write;

use std::collections::BTreeMap;

use model::{Lab, LabId};

use crate::error::{FormatError, as_text, check_size};
use crate::images::ImageMap;
use crate::{Loss, yaml};

use ledger::Ledger;
use reading::Reading;

pub use write::{Written, write};

/// What became of a file that the topology names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    File {
        bytes: Vec<u8>,
        /// Its permission bits.
        mode: Option<u32>,
    },
    /// The names in it.
    Folder(Vec<String>),
    Missing,
    /// Outside of the lab's own folder, by its path or over a symbolic link.
    Outside,
    /// Not readable, with the reason.
    Unreadable(String),
    /// Beside a topology of which nothing else is here: one that was fetched by its address.
    Elsewhere,
}

impl Bound {
    pub fn file(bytes: impl Into<Vec<u8>>) -> Self {
        let (bytes, mode) = (bytes.into(), None);
        Self::File { bytes, mode }
    }
}

/// How to read.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The new lab's id.
    pub id: LabId,
    /// Run `linux` nodes as `netns` nodes over this host's own programs instead of containers.
    pub as_netns: bool,
    /// Gives a file by its path relative to the topology file. Paths that lead outside by `..` or `/`
    /// are refused before; symbolic links are this function's to refuse.
    pub files: &'a dyn Fn(&str) -> Bound,
    /// The topology file's own name: its drawing lies beside it, in `NAME.annotations.json`.
    pub file_name: &'a str,
    /// Values of variables; nothing else gives them any.
    pub variables: &'a BTreeMap<String, String>,
    pub images: &'a ImageMap,
}

impl<'a> Options<'a> {
    /// No variables, no other images, no drawing.
    pub fn new(id: LabId, files: &'a dyn Fn(&str) -> Bound) -> Self {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        static NO_MAP: ImageMap = ImageMap::NONE;
        Self {
            id,
            as_netns: false,
            files,
            file_name: "",
            variables: &NONE,
            images: &NO_MAP,
        }
    }
}

/// A lab, and what of the file it does not have.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    pub lab: Lab,
    pub losses: Vec<Loss>,
}

pub fn read(bytes: &[u8], options: &Options<'_>) -> Result<Read, FormatError> {
    check_size(bytes)?;
    let source = as_text(bytes)?;
    guard::refuse_template(source)?;
    let text = variables::put_in(source, options.variables)?;
    let (tree, second) = yaml::parse(&text.whole, &text.lines)?;
    let root = tree.root();

    let mut ledger = Ledger::new(&tree);
    schema::check(root, &schema::FILE, &mut ledger);
    guard::check_growth(root, &mut ledger);
    if ledger.is_wrong() {
        return Err(FormatError::Problems(ledger.take_faults()));
    }
    let mut reading = Reading::new(options, ledger);
    top::read(root, &text.unset, &tree, &mut reading);
    if let Some(topology) = root.given("topology") {
        let places = nodes::add_nodes(topology, &mut reading);
        let net = management::add_network(root, &places, &mut reading);
        links::add_links(topology, &places, net.as_ref(), &mut reading);
        management::join_nodes(net.as_ref(), &places, &mut reading);
    }
    annotations::read(root, &mut reading);
    layout::place(&mut reading.lab);
    finish(reading, &tree, second)
}

fn finish(
    mut reading: Reading<'_>,
    tree: &yaml::Tree,
    second: Option<crate::Place>,
) -> Result<Read, FormatError> {
    let mut faults = reading.ledger.take_faults();
    if faults.is_empty() {
        let problems = model::validate::validate(&reading.lab);
        faults.extend(problems.iter().map(|problem| reading.locate(problem)));
    }
    if !faults.is_empty() {
        return Err(FormatError::Problems(faults));
    }
    let mut losses = reading.ledger.close(tree);
    losses.extend(second.map(|place| Loss {
        place: Some(place),
        path: String::new(),
        value: "---".into(),
        consequence: "the file goes on with a second document, which is not read".into(),
        cure: "put it into a file of its own".into(),
    }));
    let lab = reading.lab;
    Ok(Read { lab, losses })
}
