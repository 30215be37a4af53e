//! What a node is after `defaults`, `kinds` and `groups` had their say, key by key, as containerlab has it.
//!
//! Of most keys the most special level that gives one wins as a whole (`first`): node, group, kind,
//! defaults. Lists and maps that containerlab merges come from every level, the most general first (`all`).
//! Asking for a key takes it off the books on every level, as what is overridden has had its effect.

use std::collections::BTreeMap;

use super::ledger::Ledger;
use crate::yaml::Node;

/// The sections of `topology` that nodes inherit from.
#[derive(Debug, Clone, Default)]
pub struct Sections<'t> {
    defaults: Option<Node<'t>>,
    kinds: BTreeMap<String, Node<'t>>,
    groups: BTreeMap<&'t str, Node<'t>>,
}

/// A node's own definition and what is behind it.
#[derive(Debug, Clone)]
pub struct Def<'t> {
    pub name: &'t str,
    /// The node's own value in `nodes`.
    pub own: Node<'t>,
    /// In lower case; empty when nobody gives one.
    pub kind: String,
    /// The most special first.
    levels: Vec<Node<'t>>,
}

impl<'t> Sections<'t> {
    pub fn of(topology: Node<'t>) -> Self {
        let entries = |key: &str| topology.get(key).into_iter().flat_map(Node::children);
        Self {
            defaults: topology.given("defaults"),
            kinds: entries("kinds")
                .map(|kind| (kind.key().to_lowercase(), kind))
                .collect(),
            groups: entries("groups")
                .map(|group| (group.key(), group))
                .collect(),
        }
    }

    pub fn define(&self, own: Node<'t>) -> Def<'t> {
        let defaults = self.defaults;
        let word = |level: Option<Node<'t>>, key: &str| level?.given(key)?.text();
        let group = |name: Option<&str>| self.groups.get(name?).copied();
        let kind = word(Some(own), "kind")
            .or_else(|| word(group(word(Some(own), "group")), "kind"))
            .or_else(|| word(group(word(defaults, "group")), "kind"))
            .or_else(|| word(defaults, "kind"))
            .unwrap_or_default()
            .trim()
            .to_lowercase();
        let of_kind = self.kinds.get(&kind).copied();
        let group_name = word(Some(own), "group")
            .or_else(|| word(of_kind, "group"))
            .or_else(|| word(defaults, "group"));
        let levels = [Some(own), group(group_name), of_kind, defaults];
        Def {
            name: own.key(),
            own,
            kind,
            levels: levels.into_iter().flatten().collect(),
        }
    }
}

impl<'t> Def<'t> {
    /// What the node inherits from, the most special first.
    pub fn behind(&self) -> &[Node<'t>] {
        &self.levels[1..]
    }

    /// The value that the most special level gives.
    pub fn first(&self, key: &str, ledger: &mut Ledger) -> Option<Node<'t>> {
        self.all(key, ledger).pop()
    }

    /// The values of every level, the most general first.
    pub fn all(&self, key: &str, ledger: &mut Ledger) -> Vec<Node<'t>> {
        let mut found = Vec::new();
        for level in self.levels.iter().rev() {
            if let Some(node) = level.get(key) {
                ledger.take(node);
                if !node.is_null() {
                    found.push(node);
                }
            }
        }
        found
    }

    /// Entries of a merged map, the most special winning, in the order they first appear.
    pub fn entries(&self, key: &str, ledger: &mut Ledger) -> Vec<Node<'t>> {
        let mut found: Vec<Node<'t>> = Vec::new();
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in self.all(key, ledger).into_iter().flat_map(Node::children) {
            let n = *at.entry(entry.key()).or_insert(found.len());
            if n == found.len() {
                found.push(entry);
            } else {
                found[n] = entry;
            }
        }
        found
    }

    /// Members of a merged list, each text once.
    pub fn members(&self, key: &str, ledger: &mut Ledger) -> Vec<Node<'t>> {
        let mut seen = std::collections::BTreeSet::new();
        let all = self.all(key, ledger).into_iter().flat_map(Node::children);
        all.filter(|node| node.text().is_some_and(|text| seen.insert(text)))
            .collect()
    }

    /// The node's own value, where no other level has a say.
    pub fn only_own(&self, key: &str, ledger: &mut Ledger) -> Option<Node<'t>> {
        for level in self.levels.iter().skip(1) {
            if let Some(node) = level.given(key) {
                let why = "containerlab reads it of a node alone";
                ledger.lose(node, why, "write it with each node");
            }
        }
        let own = self.own.get(key)?;
        ledger.take(own);
        (!own.is_null()).then_some(own)
    }
}
