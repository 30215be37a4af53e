//! Links, and the interfaces that are at none.

use std::collections::{BTreeMap, BTreeSet};

use model::{End, IfaceIndex, Lab, Link, LinkId, LinkState, NodeId};

use super::ends::{self, Ends};
use super::nodes::Keys;
use super::out::Out;
use super::{KEEP, Managed, Writing, management};

pub fn section(managed: &Managed, writing: &mut Writing<'_>) -> Vec<Out> {
    let lab = writing.lab;
    let is_managed = |link: &Link| {
        let ends = link.ends().into_iter().filter_map(interface_of);
        let on_it = ends.filter(|at| managed.contains(at)).count();
        on_it == 1
            && management::network(lab)
                .is_some_and(|(id, ..)| link.ends().contains(&End::Network(id)))
    };
    let mut lonely = lonely(lab);
    let mut found = Vec::new();
    for (id, link) in lab.links.iter().filter(|(_, link)| !is_managed(link)) {
        // An interface that has no number in its name is numbered when it is first named.
        for (node, index) in link.ends().into_iter().filter_map(interface_of) {
            found.extend(dummies(node, Some(index), &mut lonely, writing));
        }
        found.push(written(*id, link, writing));
    }
    for node in lab.nodes.keys() {
        found.extend(dummies(*node, None, &mut lonely, writing));
    }
    found
}

fn interface_of(end: End) -> Option<(NodeId, IfaceIndex)> {
    match end {
        End::Interface { node, interface } => Some((node, interface)),
        End::Network(_) => None,
    }
}

/// Interfaces that no link is at.
fn lonely(lab: &Lab) -> BTreeMap<NodeId, BTreeSet<IfaceIndex>> {
    let linked: BTreeSet<(NodeId, IfaceIndex)> = lab
        .links
        .values()
        .flat_map(Link::ends)
        .filter_map(interface_of)
        .collect();
    let of = |(id, node): (&NodeId, &model::Node)| {
        let indexes = node.interfaces.keys().copied();
        (
            *id,
            indexes
                .filter(|index| !linked.contains(&(*id, *index)))
                .collect(),
        )
    };
    lab.nodes.iter().map(of).collect()
}

/// Those of a node below a number, or all, as links of type `dummy`.
fn dummies(
    node: NodeId,
    below: Option<IfaceIndex>,
    lonely: &mut BTreeMap<NodeId, BTreeSet<IfaceIndex>>,
    writing: &mut Writing<'_>,
) -> Vec<Out> {
    let Some(indexes) = lonely.get_mut(&node) else {
        return Vec::new();
    };
    let (now, later) = std::mem::take(indexes)
        .into_iter()
        .partition(|index| below.is_none_or(|below| *index < below));
    *indexes = later;
    let now: BTreeSet<IfaceIndex> = now;
    now.into_iter()
        .filter_map(|interface| {
            let end = ends::endpoint(End::Interface { node, interface }, writing)?;
            let mut keys = vec![("type".to_owned(), Out::word("dummy"))];
            let mtu = writing
                .lab
                .nodes
                .get(&node)?
                .interfaces
                .get(&interface)?
                .mtu;
            keys.push(("endpoint".into(), Out::Map(end)));
            keys.extend(mtu.map(|mtu| ("mtu".to_owned(), Out::number(mtu))));
            Some(Out::Map(keys))
        })
        .collect()
}

fn written(id: LinkId, link: &Link, writing: &mut Writing<'_>) -> Out {
    let path = format!("topology.links[{id}]");
    let mut keys = match ends::of(id, link, writing) {
        Ends::Brief(a, b) => {
            let mut keys = vec![("endpoints".to_owned(), Out::Line(vec![a, b]))];
            keys.extend(ends::lists(link, writing.lab));
            keys
        }
        Ends::Extended(keys) => keys,
    };
    keys.extend(mtu(&path, link, writing));
    for key in ["labels", "vars"] {
        if let Some(value) = link.extra.get(key) {
            keys.push((key.into(), Out::of_json(value)));
        }
    }
    if link.state == LinkState::Cut {
        let why = "links of a topology file are never cut";
        writing.lose(&path, "cut", why, "cut it again when the lab runs");
    }
    writing.lose_extra(&path, &link.extra, &["labels", "vars"]);
    Out::Map(keys)
}

/// One for the link; where the ends differ, the smaller, which both can have.
fn mtu(path: &str, link: &Link, writing: &mut Writing<'_>) -> Keys {
    let lab = writing.lab;
    let of =
        |(node, index): (NodeId, IfaceIndex)| lab.nodes.get(&node)?.interfaces.get(&index)?.mtu;
    let all: BTreeSet<Option<u32>> = link
        .ends()
        .into_iter()
        .filter_map(interface_of)
        .map(of)
        .collect();
    if all.len() > 1 {
        let why = "a link of a topology file has one MTU, which is the smaller of the two";
        writing.lose(path, "mtu", why, KEEP);
    }
    let least = all.into_iter().flatten().min();
    least
        .map(|mtu| ("mtu".to_owned(), Out::number(mtu)))
        .into_iter()
        .collect()
}
