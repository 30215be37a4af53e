//! Binds: what lies in the lab's own folder is taken into the lab, what lies elsewhere on the host is asked
//! for, and what leads out of the folder is a loss.

mod folder;

use std::collections::BTreeMap;

use model::lab::{Bind, File};
use model::limits;
use model::reach::Reach;

use folder::Found;

use super::Bound;
use super::levels::Def;
use super::nodes::lose_reach;
use super::reading::{Reading, text};
use crate::yaml::Node;

/// What the binds of a node come to.
#[derive(Debug, Default)]
pub struct Gathered<'t> {
    pub files: BTreeMap<String, File>,
    /// Of the host, each with the value that asks for it.
    pub binds: Vec<(Bind, Node<'t>)>,
    /// Those that the node's kind can have.
    pub allowed: Vec<Bind>,
    /// Folders that outlive the container.
    pub volumes: BTreeMap<String, Node<'t>>,
}

impl Gathered<'_> {
    fn bytes(&self) -> usize {
        self.files.values().map(|file| file.content.len()).sum()
    }
}

/// Where in the node a bind `source:target[:options]` leads.
pub fn target(bind: &str) -> &str {
    let mut parts = bind.split(':');
    let first = parts.next().unwrap_or_default();
    parts.next().unwrap_or(first)
}

/// All binds of a node; of two to one place the more special wins.
pub fn read<'t>(def: &Def<'t>, gathered: &mut Gathered<'t>, reading: &mut Reading<'_>) {
    let mut by_target: BTreeMap<&str, Node<'t>> = BTreeMap::new();
    for list in def.all("binds", &mut reading.ledger) {
        for bind in list.children() {
            by_target.insert(target(bind.text().unwrap_or_default()), bind);
        }
    }
    for bind in by_target.into_values() {
        add(def, bind, gathered, reading);
    }
}

fn add<'t>(def: &Def<'t>, bind: Node<'t>, gathered: &mut Gathered<'t>, reading: &mut Reading<'_>) {
    let whole = in_words_of(def, &text(bind), reading);
    let mut parts = whole.split(':');
    let (source, target) = (parts.next().unwrap_or_default(), parts.next());
    let Some(target) = target else {
        if whole.starts_with('/') {
            gathered.volumes.insert(plain_target(&whole), bind);
            return;
        }
        let message = format!("{whole:?} is not source:target; write both");
        reading.ledger.wrong(bind, "bind_odd", message);
        return;
    };
    let target = plain_target(target);
    if source.starts_with('/') {
        let write = !parts.any(|part| part.split(',').any(|option| option == "ro"));
        let source = plain_target(source);
        let ask = Bind {
            source,
            target,
            write,
        };
        gathered.binds.push((ask, bind));
        return;
    }
    match inside(source) {
        Some(path) => folder::take(&path, &target, bind, gathered, reading),
        None => lose_reach(Reach::OutsideFile, bind, source, reading),
    }
}

/// One file, put at its place in the node.
fn put(
    found: &Found,
    gathered: &mut Gathered<'_>,
    reading: &mut Reading<'_>,
) -> Result<(), String> {
    let (path, size) = (&found.path, found.bytes.len());
    if size > limits::FILE_MAX_BYTES {
        return Err(format!("{path} is larger than 1 MiB"));
    }
    let in_node = gathered.bytes() + size;
    let in_lab = reading.file_bytes + size;
    if in_node > limits::NODE_FILES_MAX_BYTES || in_lab > limits::LAB_MAX_BYTES / 2 {
        return Err(format!("with {path} the lab's files are too many bytes"));
    }
    if gathered.files.len() >= limits::FILES_MAX {
        return Err(format!("a node has at most {} files", limits::FILES_MAX));
    }
    let Ok(text) = std::str::from_utf8(&found.bytes) else {
        return Err(format!("{path} is no text"));
    };
    reading.file_bytes = in_lab;
    let file = File {
        content: text.into(),
        mode: mode_word(found.mode),
    };
    gathered.files.insert(found.target.clone(), file);
    Ok(())
}

/// What the file system of most people gives a new file says nothing.
fn mode_word(mode: Option<u32>) -> Option<String> {
    match mode.map(|mode| mode & 0o777) {
        None | Some(0o644 | 0o664) => None,
        Some(mode) => Some(format!("{mode:04o}")),
    }
}

/// Without a slash at its end or one after another.
fn plain_target(path: &str) -> String {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let lead = if path.starts_with('/') { "/" } else { "" };
    format!("{lead}{}", parts.join("/"))
}

/// A path below the lab's folder, plain; `None` when it leads out of it.
pub fn inside(source: &str) -> Option<String> {
    if source.is_empty() || source.starts_with(['/', '~']) || source.contains(['\\', '\0']) {
        return None;
    }
    let mut plain: Vec<&str> = Vec::new();
    for part in source.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                plain.pop()?;
            }
            part => plain.push(part),
        }
    }
    (!plain.is_empty()).then(|| plain.join("/"))
}

/// The file that a key names, if it is in the folder; else after a loss.
pub fn fetch(source: &str, node: Node<'_>, reading: &mut Reading<'_>) -> Option<Vec<u8>> {
    let is_remote = source.contains("://");
    let Some(path) = inside(source).filter(|_| !is_remote) else {
        let reach = if is_remote {
            Reach::RemoteFile
        } else {
            Reach::OutsideFile
        };
        lose_reach(reach, node, source, reading);
        return None;
    };
    match (reading.options.files)(&path) {
        Bound::File { bytes, .. } => Some(bytes),
        other => {
            let (why, cure) = why_not(&path, &other);
            reading.ledger.lose(node, why, cure);
            None
        }
    }
}

/// Why there is no content.
fn why_not(path: &str, bound: &Bound) -> (String, String) {
    let again = |what: &str| format!("{what}, and import again");
    match bound {
        Bound::Missing => (
            format!("{path} does not lie beside the topology, and the node lacks it"),
            again("add it"),
        ),
        Bound::Outside => (
            format!("{path} leads out of the lab's own folder over a symbolic link"),
            again("copy what it means into the folder"),
        ),
        Bound::Unreadable(reason) => (
            format!("{path} is not readable: {reason}"),
            again("make it readable"),
        ),
        Bound::Elsewhere => (
            format!("{path} was not fetched, only the topology itself"),
            "get the whole folder (git clone), and import from there".into(),
        ),
        Bound::Folder(_) => (format!("{path} is a folder"), again("name a file")),
        Bound::File { .. } => (format!("{path} is a file"), again("name a folder")),
    }
}

/// containerlab's own words for a node's names and folders, as this lab has them.
pub fn in_words_of(def: &Def<'_>, text: &str, reading: &Reading<'_>) -> String {
    if !text.contains("__clab") {
        return text.to_owned();
    }
    let lab = &reading.lab.name;
    text.replace("__clabNodeName__", def.name)
        .replace("__clabLabName__", lab)
        .replace("__clabNodeDir__", &format!("clab-{lab}/{}", def.name))
        .replace("__clabDir__", &format!("clab-{lab}"))
}

#[cfg(test)]
mod tests {
    use super::{inside, mode_word, plain_target, target};

    #[test]
    fn only_paths_inside_the_folder_are_plain() {
        assert_eq!(
            inside("./configs//r1/frr.conf").as_deref(),
            Some("configs/r1/frr.conf")
        );
        assert_eq!(inside("a/../b").as_deref(), Some("b"));
        for outside in [
            "/etc/passwd",
            "../x",
            "a/../../x",
            "~/x",
            "",
            ".",
            "a\\..\\x",
        ] {
            assert_eq!(inside(outside), None, "{outside}");
        }
    }

    #[test]
    fn a_bind_is_known_by_its_place_in_the_node() {
        assert_eq!(target("a:/b:ro"), "/b");
        assert_eq!(target("/b"), "/b");
        assert_eq!(plain_target("/a//b/"), "/a/b");
        assert_eq!(plain_target("/"), "/");
    }

    #[test]
    fn only_a_mode_that_says_something_is_kept() {
        assert_eq!(mode_word(Some(0o100_644)), None);
        assert_eq!(mode_word(Some(0o755)).as_deref(), Some("0755"));
    }
}
