//! One link: what is plumbed of it, and whether its ends have carrier.

use std::collections::BTreeMap;

use fabric::Counters;
use model::End;
use model::seen::{NodePhase, PortId, PortSeen, RedirectSeen};
use model::spec::{LabSpec, LinkSpec};
use model::status::{EndStatus, LinkStatus, Plumbed};

use crate::lab::board::View;

type Counted = BTreeMap<PortId, Counters>;

pub(super) fn status(
    spec: Option<&LabSpec>,
    view: &View,
    counted: &Counted,
    link: &LinkSpec,
) -> LinkStatus {
    let (plumbed, why) = plumbed(spec, view, link);
    LinkStatus {
        plumbed,
        why,
        a: end(view, counted, link.a),
        b: end(view, counted, link.b),
    }
}

fn port_of(end: End) -> Option<PortId> {
    match end {
        End::Interface { node, interface } => Some(PortId::new(node, interface)),
        End::Network(_) => None,
    }
}

fn end(view: &View, counted: &Counted, end: End) -> EndStatus {
    let seen = &view.observed.seen;
    match end {
        End::Network(network) => {
            let present = seen.bridges.contains_key(&network);
            EndStatus {
                present,
                carrier: present,
                ..EndStatus::default()
            }
        }
        End::Interface { node, interface } => {
            let id = PortId::new(node, interface);
            let port = seen.ports.get(&id);
            // The count is older than the look.
            let counted = port.and_then(|_| counted.get(&id));
            EndStatus {
                present: port.is_some(),
                carrier: port.is_some_and(|port| port.admin_up && port.carrier),
                rx_bytes: counted.map_or(0, |counted| counted.rx_bytes),
                tx_bytes: counted.map_or(0, |counted| counted.tx_bytes),
            }
        }
    }
}

fn plumbed(spec: Option<&LabSpec>, view: &View, link: &LinkSpec) -> (Plumbed, String) {
    let ports: Vec<PortId> = [link.a, link.b].into_iter().filter_map(port_of).collect();
    let runs = |port: &PortId| {
        let node = view.observed.seen.nodes.get(&port.node);
        node.is_some_and(|node| matches!(node.phase, NodePhase::Running))
    };
    if !ports.iter().all(runs) {
        return (Plumbed::Idle, String::new());
    }
    match ports
        .iter()
        .find_map(|port| missing(spec, view, link, *port))
    {
        Some(why) => (Plumbed::No, why),
        None => (Plumbed::Yes, String::new()),
    }
}

/// What is not as it should be at this end.
fn missing(spec: Option<&LabSpec>, view: &View, link: &LinkSpec, id: PortId) -> Option<String> {
    let name = spec
        .and_then(|spec| spec.nodes.get(&id.node))
        .map_or("", |node| &node.name);
    let Some(port) = view.observed.seen.ports.get(&id) else {
        return Some(format!("{name} has no device for it"));
    };
    let right = match (port_of(link.a), port_of(link.b)) {
        (Some(a), Some(b)) => leads_to(port, if id == a { b } else { a }),
        (None, _) | (_, None) => is_in_network(view, link, port),
    };
    (!right).then(|| format!("{name}'s device does not lead to the other end"))
}

fn leads_to(port: &PortSeen, other: PortId) -> bool {
    port.redirect == Some(RedirectSeen::To(other))
}

/// A bridge that is down passes no frame.
fn is_in_network(view: &View, link: &LinkSpec, port: &PortSeen) -> bool {
    let bridges = &view.observed.seen.bridges;
    let is_up = |network| bridges.get(&network).is_some_and(|bridge| bridge.admin_up);
    [link.a, link.b].into_iter().any(|end| match end {
        End::Network(network) => {
            port.master == Some(network) && is_up(network) && port.redirect.is_none()
        }
        End::Interface { .. } => false,
    })
}
