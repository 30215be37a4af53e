//! The comparison. It says nothing of what is still being made, and nothing of nodes that do not run.

use std::collections::BTreeMap;

use super::{Drift, DriftKind, Found, Settled, words};
use crate::id::{IfaceIndex, NetworkId, NodeId};
use crate::names::{Names, host_mac};
use crate::plan::Withheld;
use crate::plan::wiring::{Wire, Wiring};
use crate::seen::{LabSeen, PortId, PortSeen, Stranger, Was};
use crate::spec::LabSpec;
use crate::status::Port;

/// A drift, and what of the lab's own is left alone until somebody decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Discrepancy {
    pub drift: Drift,
    pub withheld: Withheld,
    /// The host end is there without the node's: a repair has to make it anew.
    pub is_half: bool,
}

/// All differences, by their ids; `lives` by [`super::judged`].
pub fn compare(
    wanted: &LabSpec,
    seen: &LabSeen,
    names: &Names,
    settled: &Settled,
    lives: &BTreeMap<NodeId, u64>,
) -> Vec<Discrepancy> {
    let mut comparison = Comparison {
        wanted,
        seen,
        names,
        found: BTreeMap::new(),
    };
    let wiring = Wiring::of(wanted);
    for (&port, wire) in &wiring.wires {
        let Some(&life) = lives.get(&port.node) else {
            continue;
        };
        comparison.look_at(port, wire, settled.was_right(port, wire, life));
    }
    for stranger in &seen.strangers {
        comparison.look_at_stranger(stranger, &wiring);
    }
    for node in lives.keys() {
        comparison.look_inside(*node, &wiring);
    }
    comparison.found.into_values().collect()
}

struct Comparison<'a> {
    wanted: &'a LabSpec,
    seen: &'a LabSeen,
    names: &'a Names,
    found: BTreeMap<String, Discrepancy>,
}

impl Comparison<'_> {
    fn look_at(&mut self, port: PortId, wire: &Wire<'_>, was_right: bool) {
        let node = self.seen.nodes.get(&port.node);
        let is_inside = node.is_some_and(|node| node.interfaces.contains_key(&wire.interface.name));
        match self.seen.ports.get(&port) {
            // Both ends are made by one message, so a half of one is never ours on its way.
            Some(_) if !is_inside => self.inner_end_is_elsewhere(port, wire),
            Some(end) if was_right => self.look_at_place(port, wire, end),
            None if was_right && wire.link.is_some() => {
                self.host_end_is_elsewhere(port, wire, is_inside);
            }
            Some(_) | None => {}
        }
    }

    fn inner_end_is_elsewhere(&mut self, port: PortId, wire: &Wire<'_>) {
        let renamed = self.seen.nodes.get(&port.node).and_then(|node| {
            let mut all = node.interfaces.iter();
            all.find(|(_, inner)| inner.mac == wire.interface.mac)
        });
        let found = match renamed {
            Some((name, _)) => Found::Name { name: name.clone() },
            None => Found::Namespace {
                node: self.node_with(wire.interface.mac, port.node),
            },
        };
        let place = words::place(&found, self.wanted);
        let interface = words::interface(self.wanted, port);
        let why = format!("{interface}: the interface {place}");
        self.moved(port, wire, found, why, true);
    }

    fn host_end_is_elsewhere(&mut self, port: PortId, wire: &Wire<'_>, is_inside: bool) {
        let mac = host_mac(wire.interface.mac);
        let mut strangers = self.seen.strangers.iter();
        let renamed = strangers.find(|stranger| stranger.was == Some(Was::Port(mac)));
        let found = match renamed {
            Some(stranger) => Found::Name {
                name: stranger.name.clone(),
            },
            // The ends of a pair are deleted together.
            None if is_inside => Found::Namespace {
                node: self.node_with(mac, port.node),
            },
            None => return self.lost(port, wire, "is gone"),
        };
        let place = words::place(&found, self.wanted);
        let why = words::of_device(self.wanted, self.names, port, &place);
        self.moved(port, wire, found, why, false);
    }

    /// Both ends are there: is the host's where the lab wants it?
    fn look_at_place(&mut self, port: PortId, wire: &Wire<'_>, end: &PortSeen) {
        if end.master == wire.master && end.foreign_master.is_none() {
            return;
        }
        if let Some(network) = wire
            .master
            .filter(|network| self.left_with_bridge(*network, end))
        {
            return self.bridge_is_elsewhere(network, port, wire);
        }
        match (wire.master, place_of(end, self.names)) {
            (Some(network), None) => {
                let bridge = self.names.bridge(network);
                let what = format!("is in no bridge; it belongs in {bridge}");
                self.lost(port, wire, &what);
            }
            (_, Some(found)) if wire.link.is_some() => {
                let place = words::place(&found, self.wanted);
                let why = words::of_device(self.wanted, self.names, port, &place);
                self.moved(port, wire, found, why, false);
            }
            (_, Some(found)) => self.undeclared_port(port, &found),
            (None, None) => {}
        }
    }

    /// The bridge is gone or has another name, and nothing happened to the port itself.
    fn left_with_bridge(&self, network: NetworkId, end: &PortSeen) -> bool {
        let is_there = self.seen.bridges.contains_key(&network);
        let renamed = self.renamed(network).map(|stranger| &stranger.name);
        let in_it = end.foreign_master.as_ref() == renamed;
        !is_there && end.master.is_none() && (end.foreign_master.is_none() || in_it)
    }

    fn renamed(&self, network: NetworkId) -> Option<&Stranger> {
        let mut strangers = self.seen.strangers.iter();
        strangers.find(|stranger| stranger.was == Some(Was::Bridge(network)))
    }

    fn bridge_is_elsewhere(&mut self, network: NetworkId, port: PortId, wire: &Wire<'_>) {
        let Some(link) = wire.link else { return };
        let bridge = self.names.bridge(network);
        let (kind, found, what) = match self.renamed(network) {
            Some(stranger) => {
                let name = stranger.name.clone();
                let what = format!("is named {name} now");
                (DriftKind::MovedLink, Some(Found::Name { name }), what)
            }
            None => (DriftKind::LostLink, None, "is gone".to_owned()),
        };
        let drift = Drift {
            link: Some(link),
            network: Some(network),
            bridge: Some(bridge.clone()),
            found,
            ..drift(
                format!("{kind}-link-{link}-bridge"),
                kind,
                bridge.clone(),
                format!("its bridge {bridge} on the host {what}"),
            )
        };
        let withheld = Withheld {
            ports: [port].into(),
            bridges: [network].into(),
        };
        self.add(drift, withheld, false);
    }

    fn lost(&mut self, port: PortId, wire: &Wire<'_>, what: &str) {
        let why = words::of_device(self.wanted, self.names, port, what);
        let drift = self.of_port(DriftKind::LostLink, port, wire, why);
        self.add(drift, only(port), false);
    }

    fn moved(&mut self, port: PortId, wire: &Wire<'_>, found: Found, why: String, is_half: bool) {
        let drift = Drift {
            found: Some(found),
            ..self.of_port(DriftKind::MovedLink, port, wire, why)
        };
        self.add(drift, only(port), is_half);
    }

    fn of_port(&self, kind: DriftKind, port: PortId, wire: &Wire<'_>, why: String) -> Drift {
        let of_link = wire.link.map(|link| format!("link-{link}-"));
        let id = format!(
            "{kind}-{}d{}i{}",
            of_link.unwrap_or_default(),
            port.node,
            port.interface
        );
        Drift {
            link: wire.link,
            port: Some(port_of(port)),
            network: wire.master,
            bridge: wire.master.map(|network| self.names.bridge(network)),
            ..drift(id, kind, self.names.port(port), why)
        }
    }

    /// An interface without a link, in a bridge all the same.
    fn undeclared_port(&mut self, port: PortId, found: &Found) {
        let (name, network) = match found {
            Found::Bridge { name, network } => (name.clone(), *network),
            Found::Name { .. } | Found::Namespace { .. } => return,
        };
        let interface = words::interface(self.wanted, port);
        let why = format!("{interface} is in the bridge {name}, and the lab has no link there");
        let id = format!("discovered-d{}i{}", port.node, port.interface);
        let drift = Drift {
            port: Some(port_of(port)),
            network,
            bridge: Some(name),
            ..drift(id, DriftKind::DiscoveredLink, self.names.port(port), why)
        };
        self.add(drift, only(port), false);
    }

    fn look_at_stranger(&mut self, stranger: &Stranger, wiring: &Wiring<'_>) {
        // One of ours under another name is a moved link where a running node has it.
        let Some(network) = stranger.master.filter(|_| stranger.was.is_none()) else {
            return;
        };
        let uplink = self.wanted.networks.get(&network);
        let uplink = uplink.and_then(|network| network.uplink.as_deref());
        if uplink == Some(stranger.name.as_str()) || !wiring.bridges.contains(&network) {
            return;
        }
        let (device, bridge) = (stranger.name.clone(), self.names.bridge(network));
        let why =
            format!("the device {device} is in the bridge {bridge}, and the lab does not say so");
        let id = format!("discovered-n{network}-{device}");
        let drift = Drift {
            network: Some(network),
            bridge: Some(bridge),
            ..drift(id, DriftKind::DiscoveredLink, device, why)
        };
        self.add(drift, Withheld::default(), false);
    }

    /// Interfaces of a node that lead out of it and are none of the lab's.
    fn look_inside(&mut self, node: NodeId, wiring: &Wiring<'_>) {
        let (Some(spec), Some(seen)) = (self.wanted.nodes.get(&node), self.seen.nodes.get(&node))
        else {
            return;
        };
        let ports = self
            .seen
            .ports
            .range(PortId::new(node, IfaceIndex::FIRST)..);
        let mut own = ports
            .map(|(port, _)| port)
            .take_while(|port| port.node == node);
        if own.any(|port| !wiring.wires.contains_key(port)) {
            // The lab gave an interface up, and its end inside goes with the next steps.
            return;
        }
        let is_ours = |mac| {
            let mut wires = wiring.wires.values().map(|wire| wire.interface.mac);
            wires.any(|own| mac == own || mac == host_mac(own))
        };
        for (name, inner) in &*seen.interfaces {
            let declared = spec.interfaces.values().any(|own| own.name == *name);
            if !inner.leads_out || inner.fresh || declared || is_ours(inner.mac) {
                continue;
            }
            let why = format!(
                "{} has the interface {name}, which leads out of the node and is not in the lab",
                spec.name
            );
            let id = format!("discovered-d{node}-{name}");
            let drift = Drift {
                node: Some(node),
                ..drift(id, DriftKind::DiscoveredLink, name.clone(), why)
            };
            self.add(drift, Withheld::default(), false);
        }
    }

    /// The other node of the lab that has an interface with this address.
    fn node_with(&self, mac: crate::lab::Mac, own: NodeId) -> Option<NodeId> {
        let has = |(id, node): (&NodeId, &crate::seen::NodeSeen)| {
            let its = node.interfaces.values().any(|inner| inner.mac == mac);
            (its && *id != own).then_some(*id)
        };
        self.seen.nodes.iter().find_map(has)
    }

    /// Two ends of a link may tell of the same.
    fn add(&mut self, drift: Drift, withheld: Withheld, is_half: bool) {
        let found = self.found.entry(drift.id.clone());
        let found = found.or_insert_with(|| Discrepancy {
            drift,
            withheld: Withheld::default(),
            is_half,
        });
        found.withheld.ports.extend(withheld.ports);
        found.withheld.bridges.extend(withheld.bridges);
    }
}

fn place_of(end: &PortSeen, names: &Names) -> Option<Found> {
    let (name, network) = match (&end.foreign_master, end.master) {
        (Some(name), _) => (name.clone(), None),
        (None, Some(network)) => (names.bridge(network), Some(network)),
        (None, None) => return None,
    };
    Some(Found::Bridge { name, network })
}

fn only(port: PortId) -> Withheld {
    Withheld {
        ports: [port].into(),
        ..Withheld::default()
    }
}

fn port_of(port: PortId) -> Port {
    Port {
        node: port.node,
        interface: port.interface,
    }
}

fn drift(id: String, kind: DriftKind, device: String, why: String) -> Drift {
    Drift {
        device,
        why,
        ..Drift::new(id, kind)
    }
}
