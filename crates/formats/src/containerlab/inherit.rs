//! What a node is, after `defaults`, `kinds` and `groups` had their say.
//!
//! Lists and maps are merged from the most general to the most special; of single values the most
//! special wins. A bind replaces one to the same place in the node.

use super::file::{NodeDef, Topology};

/// The whole definition of a node; its kind in lower case, absent when nobody gives one.
pub fn resolve(topology: &Topology, node: &NodeDef) -> NodeDef {
    let defaults = topology.defaults.as_ref();
    let in_defaults =
        |pick: fn(&NodeDef) -> &Option<String>| defaults.and_then(|d| pick(d).clone());
    let of_node_group = node.group.as_deref().and_then(|name| group(topology, name));
    let kind = node
        .kind
        .clone()
        .or_else(|| of_node_group.and_then(|group| group.kind.clone()))
        .or_else(|| in_defaults(|d| &d.kind))
        .map(|kind| kind.to_lowercase());
    let of_kind = kind.as_deref().and_then(|name| kind_def(topology, name));
    let group_name = node
        .group
        .clone()
        .or_else(|| of_kind.and_then(|kind| kind.group.clone()))
        .or_else(|| in_defaults(|d| &d.group));
    let of_group = group_name.as_deref().and_then(|name| group(topology, name));

    let mut whole = NodeDef::default();
    for level in [defaults, of_kind, of_group, Some(node)]
        .into_iter()
        .flatten()
    {
        lay_over(&mut whole, level);
    }
    NodeDef {
        kind,
        group: group_name,
        ..whole
    }
}

fn group<'a>(topology: &'a Topology, name: &str) -> Option<&'a NodeDef> {
    topology.groups.as_ref()?.get(name)?.as_ref()
}

fn kind_def<'a>(topology: &'a Topology, name: &str) -> Option<&'a NodeDef> {
    let mut kinds = topology.kinds.as_ref()?.iter();
    kinds
        .find(|(kind, _)| kind.to_lowercase() == name)?
        .1
        .as_ref()
}

fn lay_over(whole: &mut NodeDef, level: &NodeDef) {
    let level = level.clone();
    whole.image = level.image.or(whole.image.take());
    whole.env.extend(level.env);
    whole.labels.extend(level.labels);
    whole.rest.extend(level.rest);
    for command in level.exec {
        if !whole.exec.contains(&command) {
            whole.exec.push(command);
        }
    }
    for bind in level.binds {
        whole.binds.retain(|old| target(old) != target(&bind));
        whole.binds.push(bind);
    }
}

/// Where in the node a bind `source:target[:options]` leads.
pub fn target(bind: &str) -> Option<&str> {
    bind.split(':').nth(1)
}
