//! A drift taken over into the lab: the edit that declares what is there.

use super::{Drift, DriftKind, Found};
use crate::edit::Edit;
use crate::id::{LinkId, NetworkId};
use crate::lab::{End, Lab, Link, LinkState, Position};
use crate::status::Port;

/// The edit, or why the lab cannot say what is there, as a sentence that tells what to do instead.
pub fn adopt(lab: &Lab, drift: &Drift) -> Result<Edit, String> {
    match (drift.kind, drift.link) {
        (DriftKind::DiscoveredLink, _) => discovered(lab, drift),
        (DriftKind::LostLink, Some(link)) => give_up(lab, link),
        (DriftKind::MovedLink, Some(link)) => moved(lab, drift, link),
        (DriftKind::LostLink | DriftKind::MovedLink, None) => {
            Err("no link of the lab is at it; repair it".into())
        }
    }
}

fn give_up(lab: &Lab, id: LinkId) -> Result<Edit, String> {
    find(lab, id).map(|_| Edit::RemoveLink { id })
}

fn moved(lab: &Lab, drift: &Drift, id: LinkId) -> Result<Edit, String> {
    let link = find(lab, id)?;
    match (&drift.found, drift.port) {
        (
            Some(Found::Bridge {
                network: Some(to), ..
            }),
            Some(port),
        ) => {
            let mut edits = share(lab, *to, Some(id))?;
            edits.push(Edit::RemoveLink { id });
            edits.push(Edit::AddLink {
                id,
                a: end_of(port),
                b: End::Network(*to),
                network: None,
                state: link.state,
                extra: link.extra.clone(),
            });
            Ok(Edit::Batch { edits })
        }
        (Some(Found::Name { .. }), _) => {
            Err("devices are named by the lab's numbers; repair gives it its name back".into())
        }
        (Some(Found::Bridge { .. } | Found::Namespace { .. }) | None, _) => give_up(lab, id),
    }
}

fn discovered(lab: &Lab, drift: &Drift) -> Result<Edit, String> {
    match (drift.port, drift.network) {
        (Some(port), Some(network)) => {
            let mut edits = share(lab, network, None)?;
            let id = free_link(lab, &edits)?;
            edits.push(Edit::AddLink {
                id,
                a: end_of(port),
                b: End::Network(network),
                network: None,
                state: LinkState::Up,
                extra: serde_json::Map::new(),
            });
            Ok(match edits.pop() {
                Some(only) if edits.is_empty() => only,
                last => Edit::Batch {
                    edits: edits.into_iter().chain(last).collect(),
                },
            })
        }
        (None, Some(network)) => uplink(lab, drift, network),
        (_, None) => Err(format!(
            "{} leads to what is not in the lab; take it away by hand",
            drift.device
        )),
    }
}

/// The host's device as the network's uplink.
fn uplink(lab: &Lab, drift: &Drift, id: NetworkId) -> Result<Edit, String> {
    let device = &drift.device;
    let by_hand = format!("take it out by hand: ip link set {device} nomaster");
    let Some(network) = lab.networks.get(&id) else {
        return Err(format!(
            "only a shared network can have a device of the host; {by_hand}"
        ));
    };
    if let Some(uplink) = &network.uplink {
        return Err(format!(
            "{} has {uplink} of the host already; {by_hand}",
            network.name
        ));
    }
    if !drift.allowed {
        return Err(format!(
            "agent.toml does not name {device} in host_interfaces; {by_hand}"
        ));
    }
    let mut network = network.clone();
    network.uplink = Some(device.clone());
    Ok(Edit::SetNetwork { id, network })
}

/// What makes the network a shared one; nothing when it is. `but`: a link whose own it may not be.
fn share(lab: &Lab, network: NetworkId, but: Option<LinkId>) -> Result<Vec<Edit>, String> {
    if lab.networks.contains_key(&network) {
        return Ok(Vec::new());
    }
    let behind = lab
        .links
        .values()
        .find(|link| link.network == Some(network));
    let link = behind
        .filter(|link| Some(link.id) != but)
        .ok_or_else(|| format!("the lab has no network {network}; repair it"))?;
    Ok(vec![Edit::ShareLink {
        id: link.id,
        name: format!("net{network}"),
        position: between(lab, link),
        second: free_link(lab, &[])?,
    }])
}

fn free_link(lab: &Lab, before: &[Edit]) -> Result<LinkId, String> {
    let mut after = lab.clone();
    for edit in before {
        let applied = crate::edit::apply(&after, edit);
        after = applied
            .map_err(|problems| {
                problems
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join("; ")
            })?
            .lab;
    }
    after
        .next_link_id()
        .ok_or_else(|| "every link number is taken".into())
}

fn between(lab: &Lab, link: &Link) -> Position {
    let places = link.ends().map(|end| match end {
        End::Interface { node, .. } => lab.nodes.get(&node).map(|node| node.position),
        End::Network(id) => lab.networks.get(&id).map(|network| network.position),
    });
    let [a, b] = places.map(Option::unwrap_or_default);
    Position {
        x: f64::midpoint(a.x, b.x),
        y: f64::midpoint(a.y, b.y),
    }
}

fn find(lab: &Lab, id: LinkId) -> Result<&Link, String> {
    lab.links
        .get(&id)
        .ok_or_else(|| format!("link {id} is no more in the lab"))
}

fn end_of(port: Port) -> End {
    End::Interface {
        node: port.node,
        interface: port.interface,
    }
}
