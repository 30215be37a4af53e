//! containerlab's topology files: the part that small labs use.
//!
//! ```text
//! bytes ─file─▶ File ─inherit─▶ a definition per node ─node─▶ Node ─links─▶ Lab, losses
//! ```
//! Read are nodes with `kind`, `image`, `env`, `labels`, `exec` and `binds`, inherited from `defaults`,
//! `kinds` and `groups`, bridges, and links between them. Everything else is a named loss. Nothing of a
//! template language is run.

mod binds;
mod file;
mod inherit;
mod layout;
mod links;
mod node;

use model::{Lab, LabId, Problem, limits};

use crate::Loss;
use crate::error::FormatError;

/// What became of a file that a bind names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    File(Vec<u8>),
    Directory,
    Missing,
    /// Outside of the lab's own folder, by its path or over a symbolic link.
    Outside,
    /// Not readable, with the reason.
    Unreadable(String),
}

/// How to read.
pub struct Options<'a> {
    /// The new lab's id.
    pub id: LabId,
    /// Run `linux` nodes as `netns` nodes over this host's own programs. Else they are kept with all
    /// their keys as nodes that cannot run here.
    pub as_netns: bool,
    /// Gives a file by its path relative to the topology file. Paths that lead outside by `..` or `/`
    /// are refused before; symbolic links are this function's to refuse.
    pub files: &'a dyn Fn(&str) -> Bound,
}

/// The lab of a topology file, and what of the file it does not have.
pub fn read(bytes: &[u8], options: &Options<'_>) -> Result<(Lab, Vec<Loss>), FormatError> {
    let file = file::parse(bytes)?;
    check_counts(&file)?;
    let mut reading = Reading {
        options,
        losses: Vec::new(),
        problems: Vec::new(),
    };
    let mut lab = Lab::new(options.id, file.name.clone());
    reading.losses.extend(file.losses());
    let places = node::add_nodes(&file, &mut lab, &mut reading);
    links::add_links(&file.topology.links, &places, &mut lab, &mut reading);
    layout::place(&mut lab);
    if reading.problems.is_empty() {
        reading.problems = model::validate::validate(&lab);
    }
    if reading.problems.is_empty() {
        Ok((lab, reading.losses))
    } else {
        Err(FormatError::Problems(reading.problems))
    }
}

/// Before work is spent on what can be no lab in the end.
fn check_counts(file: &file::File) -> Result<(), FormatError> {
    let nodes = ("nodes", file.topology.nodes.len(), limits::NODES_MAX);
    let links = ("links", file.topology.links.len(), limits::LINKS_MAX);
    let too_many = [nodes, links]
        .into_iter()
        .filter(|(_, count, max)| count > max);
    let problem = |(what, count, max): (&str, usize, usize)| {
        let message = format!("{count} {what}; at most {max} are possible");
        Problem::new(format!("topology.{what}"), "too_many", message)
    };
    let problems: Vec<Problem> = too_many.map(problem).collect();
    if problems.is_empty() {
        return Ok(());
    }
    Err(FormatError::Problems(problems))
}

/// What is gathered on the way.
struct Reading<'a> {
    options: &'a Options<'a>,
    losses: Vec<Loss>,
    problems: Vec<Problem>,
}

impl Reading<'_> {
    fn lose(&mut self, at: &str, what: impl Into<String>, why: &str) {
        self.losses.push(Loss::new(at, what, why));
    }

    fn wrong(&mut self, at: &str, code: &str, message: impl Into<String>) {
        self.problems.push(Problem::new(at, code, message));
    }
}
