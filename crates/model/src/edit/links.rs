//! Edits of links, and what happens to links when an end of theirs goes.

use serde_json::Map;

use super::Edit;
use super::apply::{Done, missing, taken};
use crate::id::{LinkId, NetworkId, NodeId};
use crate::lab::{End, Lab, Link, LinkState, Network, Position};
use crate::problem::Problem;

/// A link of two interfaces without a network number gets the next free one. Nodes and networks at its
/// ends must be there, also in the middle of a batch, so that the inverse of each step fits.
pub fn add(lab: &mut Lab, edit: &Edit) -> Result<Done, Problem> {
    let mut link = link_of(edit);
    taken(lab.links.contains_key(&link.id), "link", link.id)?;
    link.ends().iter().try_for_each(|end| is_there(lab, *end))?;
    let needs_number = link
        .ends()
        .iter()
        .all(|end| matches!(end, End::Interface { .. }));
    if needs_number && link.network.is_none() {
        link.network = Some(lab.next_network_id().ok_or_else(no_number_left)?);
    }
    let inverse = Edit::RemoveLink { id: link.id };
    let edit = add_edit(link.clone());
    lab.links.insert(link.id, link);
    Ok(Done { edit, inverse })
}

fn link_of(edit: &Edit) -> Link {
    let Edit::AddLink {
        id,
        a,
        b,
        network,
        state,
        extra,
    } = edit
    else {
        unreachable!("called with AddLink alone")
    };
    let (id, a, b, network, state) = (*id, *a, *b, *network, *state);
    Link {
        id,
        a,
        b,
        network,
        state,
        extra: extra.clone(),
    }
}

fn is_there(lab: &Lab, end: End) -> Result<(), Problem> {
    match end {
        End::Interface { node, .. } if !lab.nodes.contains_key(&node) => Err(missing("node", node)),
        End::Network(id) if !lab.networks.contains_key(&id) => Err(missing("network", id)),
        End::Interface { .. } | End::Network(_) => Ok(()),
    }
}

pub fn remove(lab: &mut Lab, id: LinkId) -> Result<Edit, Problem> {
    lab.links
        .remove(&id)
        .map(add_edit)
        .ok_or_else(|| missing("link", id))
}

pub fn set_state(lab: &mut Lab, id: LinkId, state: LinkState) -> Result<Edit, Problem> {
    let link = lab.links.get_mut(&id).ok_or_else(|| missing("link", id))?;
    let state = std::mem::replace(&mut link.state, state);
    Ok(Edit::SetLinkState { id, state })
}

/// The link's hidden network becomes a shared one of the same number; both its ends move there.
pub fn share(
    lab: &mut Lab,
    id: LinkId,
    name: &str,
    position: Position,
    second: LinkId,
) -> Result<Edit, Problem> {
    taken(lab.links.contains_key(&second), "link", second)?;
    let link = lab
        .links
        .get(&id)
        .cloned()
        .ok_or_else(|| missing("link", id))?;
    let number = link.network.ok_or_else(|| {
        let message = format!("link {id} ends at a shared network already");
        Problem::new(format!("links/{id}"), "link_is_shared", message)
    })?;
    let network = Network {
        name: name.into(),
        position,
        uplink: None,
        gateway: None,
        extra: Map::new(),
    };
    taken(
        lab.networks.insert(number, network).is_some(),
        "network",
        number,
    )?;
    let first = to_network(&link, link.a, number);
    let other = Link {
        id: second,
        extra: Map::new(),
        ..to_network(&link, link.b, number)
    };
    lab.links.extend([(id, first), (second, other)]);
    Ok(Edit::Batch {
        edits: vec![Edit::RemoveNetwork { id: number }, add_edit(link)],
    })
}

fn to_network(link: &Link, end: End, network: NetworkId) -> Link {
    Link {
        a: end,
        b: End::Network(network),
        network: None,
        ..link.clone()
    }
}

/// Takes away every link at the node.
pub fn take_at_node(lab: &mut Lab, gone: NodeId) -> Vec<Link> {
    take(
        lab,
        |end| matches!(end, End::Interface { node, .. } if *node == gone),
    )
}

/// Takes away every link at the shared network.
pub fn take_at_network(lab: &mut Lab, gone: NetworkId) -> Vec<Link> {
    take(lab, |end| *end == End::Network(gone))
}

fn take(lab: &mut Lab, at: impl Fn(&End) -> bool) -> Vec<Link> {
    lab.links
        .extract_if(.., |_, link| link.ends().iter().any(&at))
        .map(|(_, link)| link)
        .collect()
}

/// `first`, then the links that went with it.
pub fn with_links(first: Edit, links: Vec<Link>) -> Edit {
    if links.is_empty() {
        return first;
    }
    let links = links.into_iter().map(add_edit);
    Edit::Batch {
        edits: std::iter::once(first).chain(links).collect(),
    }
}

fn add_edit(link: Link) -> Edit {
    let Link {
        id,
        a,
        b,
        network,
        state,
        extra,
    } = link;
    Edit::AddLink {
        id,
        a,
        b,
        network,
        state,
        extra,
    }
}

fn no_number_left() -> Problem {
    let message = "every network number up to 99999 is taken; remove links or networks first";
    Problem::new("links", "no_network_number_left", message)
}
