//! A YAML file as a tree whose every value knows its place, its way from the root, and a number.
//!
//! ```text
//! text ─granit events─▶ build ─▶ Tree (an arena) ─▶ Node, a handle that is copied
//! ```
//! Scalars stay the texts they are in the file: `no`, `022` and `2231:22` mean what their reader says, not
//! what some version of YAML says. An alias is the value it names, under its own place; `<<` is merged.
//! How large a file may become by its aliases is bounded before anybody walks it.

mod build;
mod json;

use std::ops::ControlFlow;

use crate::Place;
use crate::loss::short;

pub use build::{LineMap, parse};

/// A value's number in its tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(u32);

impl Id {
    pub fn index(self) -> usize {
        usize::try_from(self.0).expect("an index fits")
    }
}

#[derive(Debug)]
pub struct Tree {
    items: Vec<Item>,
    root: Id,
}

#[derive(Debug)]
struct Item {
    place: Place,
    parent: Option<Id>,
    step: Step,
    value: Value,
}

/// How one comes to a value from its parent.
#[derive(Debug)]
enum Step {
    Root,
    Key(Box<str>),
    Index(usize),
}

#[derive(Debug)]
enum Value {
    Scalar { text: Box<str>, plain: bool },
    List(Vec<Id>),
    Map(Vec<Id>),
    Alias(Id),
}

/// A value of the file.
#[derive(Debug, Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: Id,
}

impl Tree {
    pub fn root(&self) -> Node<'_> {
        self.node(self.root)
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Every value that was written, in the order of the file.
    pub fn all(&self) -> impl Iterator<Item = Node<'_>> {
        let ids = (0..self.items.len()).filter_map(|n| u32::try_from(n).ok());
        ids.map(|n| self.node(Id(n)))
    }

    fn node(&self, id: Id) -> Node<'_> {
        Node { tree: self, id }
    }

    fn item(&self, id: Id) -> &Item {
        &self.items[id.index()]
    }
}

impl<'t> Node<'t> {
    fn item(self) -> &'t Item {
        self.tree.item(self.id)
    }

    /// The value, an alias being what it names.
    fn value(self) -> &'t Value {
        let mut value = &self.item().value;
        while let Value::Alias(target) = value {
            value = &self.tree.item(*target).value;
        }
        value
    }

    pub fn id(self) -> Id {
        self.id
    }

    /// What an alias names, when this is one.
    pub fn target(self) -> Option<Node<'t>> {
        match self.item().value {
            Value::Alias(id) => Some(self.tree.node(id)),
            Value::Scalar { .. } | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// Of a map's value: where its key is.
    pub fn place(self) -> Place {
        self.item().place
    }

    /// `topology.nodes.r1.ports[0]`
    pub fn path(self) -> String {
        let mut steps = Vec::new();
        let mut at = Some(self.id);
        while let Some(id) = at {
            let item = self.tree.item(id);
            steps.push(&item.step);
            at = item.parent;
        }
        let mut path = String::new();
        for step in steps.into_iter().rev() {
            match step {
                Step::Root => {}
                Step::Key(key) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&short(key));
                }
                Step::Index(n) => {
                    path.push('[');
                    path.push_str(&n.to_string());
                    path.push(']');
                }
            }
        }
        path
    }

    /// The key of a map that this is the value of.
    pub fn key(self) -> &'t str {
        match &self.item().step {
            Step::Key(key) => key,
            Step::Root | Step::Index(_) => "",
        }
    }

    /// Nothing, `~` or `null`.
    pub fn is_null(self) -> bool {
        match self.value() {
            Value::Scalar { text, plain } => {
                *plain && matches!(&**text, "" | "~" | "null" | "Null" | "NULL")
            }
            Value::List(_) | Value::Map(_) | Value::Alias(_) => false,
        }
    }

    pub fn is_map(self) -> bool {
        matches!(self.value(), Value::Map(_))
    }

    pub fn is_list(self) -> bool {
        matches!(self.value(), Value::List(_))
    }

    pub fn is_scalar(self) -> bool {
        matches!(self.value(), Value::Scalar { .. })
    }

    /// Of a scalar: its text as the file has it.
    pub fn text(self) -> Option<&'t str> {
        match self.value() {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) | Value::Alias(_) => None,
        }
    }

    /// What is in a list or a map, in its order; of a scalar nothing.
    pub fn children(self) -> impl ExactSizeIterator<Item = Node<'t>> + use<'t> {
        let ids: &[Id] = match self.value() {
            Value::List(ids) | Value::Map(ids) => ids,
            Value::Scalar { .. } | Value::Alias(_) => &[],
        };
        ids.iter().map(move |id| self.tree.node(*id))
    }

    /// Of a map, the value of this key; `ipv4_subnet` is found as `ipv4-subnet`, which it once was called.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        let map = self.is_map().then(|| self.children())?;
        let mut found = None;
        for child in map {
            if child.key() == key {
                return Some(child);
            }
            if found.is_none() && is_same_key(child.key(), key) {
                found = Some(child);
            }
        }
        found
    }

    /// The same, unless it is null.
    pub fn given(self, key: &str) -> Option<Node<'t>> {
        self.get(key).filter(|node| !node.is_null())
    }

    /// A scalar, or a list or map with nothing in it.
    pub fn is_leaf(self) -> bool {
        self.children().len() == 0
    }

    /// This value and all below it, aliases followed, until told to stop.
    pub fn walk(self, see: &mut impl FnMut(Node<'t>)) {
        let _: ControlFlow<()> = self.visit(&mut |node| {
            see(node);
            ControlFlow::Continue(())
        });
    }

    fn visit<B>(self, see: &mut impl FnMut(Node<'t>) -> ControlFlow<B>) -> ControlFlow<B> {
        see(self)?;
        if let Some(target) = self.target() {
            return target.visit(see);
        }
        for child in self.children() {
            child.visit(see)?;
        }
        ControlFlow::Continue(())
    }

    /// The value as it fits into a sentence.
    pub fn short(self) -> String {
        match self.value() {
            Value::Scalar { text, .. } => short(text),
            Value::List(_) | Value::Map(_) | Value::Alias(_) => short(&self.to_json().to_string()),
        }
    }
}

pub fn is_same_key(written: &str, known: &str) -> bool {
    written.len() == known.len()
        && written
            .bytes()
            .zip(known.bytes())
            .all(|(a, b)| a == b || (a == b'_' && b == b'-'))
}

#[cfg(test)]
mod tests;
