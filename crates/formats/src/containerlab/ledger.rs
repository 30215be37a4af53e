//! The books of a reader: each value of the file is taken over or lost, never neither and never both.
//!
//! `take` says that a value and all below it found its place in the lab (or says what goes without saying);
//! `lose` that it did not. A value that many nodes inherit is lost once. What nobody mentioned is lost too:
//! `close` finds it.

use std::collections::{BTreeMap, BTreeSet};

use crate::loss::short;
use crate::yaml::{Id, Node, Tree};
use crate::{Fault, Loss};

#[derive(Debug)]
pub struct Ledger {
    mentioned: Vec<Mention>,
    /// Values of which each part is lost already.
    lost_each: BTreeSet<Id>,
    /// By the value, so that the losses come in the file's order.
    lost: BTreeMap<Id, Loss>,
    /// Of things that are no single value: what, and why.
    besides: BTreeMap<(Id, String), Loss>,
    faults: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mention {
    Not,
    Itself,
    WithAllInIt,
}

impl Ledger {
    pub fn new(tree: &Tree) -> Self {
        Self {
            mentioned: vec![Mention::Not; tree.len()],
            lost_each: BTreeSet::new(),
            lost: BTreeMap::new(),
            besides: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// It is taken over, with all that is in it.
    pub fn take(&mut self, node: Node<'_>) {
        mention(node, &mut self.mentioned);
    }

    /// It is lost, with all that is in it.
    pub fn lose(
        &mut self,
        node: Node<'_>,
        consequence: impl Into<String>,
        cure: impl Into<String>,
    ) {
        self.take(node);
        let new = || loss(node, node.short(), consequence.into(), cure.into());
        self.lost.entry(node.id()).or_insert_with(new);
    }

    /// Each value in it is lost for itself.
    pub fn lose_each(&mut self, node: Node<'_>, consequence: &str, cure: &str) {
        if !self.lost_each.insert(node.id()) {
            return;
        }
        if node.is_leaf() {
            // `ports:` with nothing after it asks for nothing.
            if node.is_null() || !node.is_scalar() {
                self.take(node);
            } else {
                self.lose(node, consequence, cure);
            }
            return;
        }
        for at in [Some(node), node.target()].into_iter().flatten() {
            let mentioned = &mut self.mentioned[at.id().index()];
            if *mentioned == Mention::Not {
                *mentioned = Mention::Itself;
            }
        }
        for child in node.children() {
            self.lose_each(child, consequence, cure);
        }
    }

    /// Something about this value, which is not the value itself; `what` is said once of each.
    pub fn remark(
        &mut self,
        node: Node<'_>,
        what: impl Into<String>,
        consequence: impl Into<String>,
        cure: impl Into<String>,
    ) {
        let what = what.into();
        let key = (node.id(), what.clone());
        let new = || loss(node, short(&what), consequence.into(), cure.into());
        self.besides.entry(key).or_insert_with(new);
    }

    /// The file is no lab because of this value.
    pub fn wrong(&mut self, node: Node<'_>, code: &str, message: impl Into<String>) {
        self.take(node);
        let fault = Fault {
            place: Some(node.place()),
            path: node.path(),
            code: code.into(),
            message: message.into(),
        };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    pub fn is_wrong(&self) -> bool {
        !self.faults.is_empty()
    }

    pub fn take_faults(&mut self) -> Vec<Fault> {
        std::mem::take(&mut self.faults)
    }

    /// All losses in the order of the file; whatever was not mentioned is one.
    pub fn close(mut self, tree: &Tree) -> Vec<Loss> {
        for node in tree.all() {
            let is_open = self.mentioned[node.id().index()] == Mention::Not;
            if is_open && node.is_leaf() && node.target().is_none() && !node.is_null() {
                let why = "nova-ve does not read it";
                self.lose(node, why, "take it away, or do by hand what it asks for");
            }
        }
        let mut losses: Vec<Loss> = self
            .lost
            .into_values()
            .chain(self.besides.into_values())
            .collect();
        losses.sort_by_key(|loss| loss.place);
        losses
    }
}

fn mention(node: Node<'_>, mentioned: &mut [Mention]) {
    let at = node.id().index();
    if mentioned[at] == Mention::WithAllInIt {
        return;
    }
    mentioned[at] = Mention::WithAllInIt;
    match node.target() {
        Some(target) => mention(target, mentioned),
        None => node.children().for_each(|child| mention(child, mentioned)),
    }
}

fn loss(node: Node<'_>, value: String, consequence: String, cure: String) -> Loss {
    Loss {
        place: Some(node.place()),
        path: node.path(),
        value,
        consequence,
        cure,
    }
}
