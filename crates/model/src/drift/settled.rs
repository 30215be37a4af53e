//! What was found right once, in this life of its node and for this wish.

use std::collections::BTreeMap;

use crate::id::{LinkId, NetworkId, NodeId};
use crate::lab::Mac;
use crate::plan::wiring::{Peer, Wire, Wiring};
use crate::seen::{LabSeen, NodePhase, NodeSeen, PortId};
use crate::spec::{DriverSpec, LabSpec, RunWish};

/// Empty in a new agent: what an earlier one found is not known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Settled {
    ports: BTreeMap<PortId, Kept>,
}

/// How the port was wished when it was right, and which life its node was in.
#[derive(Debug, Clone, PartialEq)]
struct Kept {
    life: u64,
    name: String,
    mac: Mac,
    link: Option<LinkId>,
    master: Option<NetworkId>,
    peer: Peer,
}

impl Kept {
    fn is(&self, life: u64, wire: &Wire<'_>) -> bool {
        let Self {
            life: its_life,
            name,
            mac,
            link,
            master,
            peer,
        } = self;
        (*its_life, name, *mac) == (life, &wire.interface.name, wire.interface.mac)
            && (*link, *master, *peer) == (wire.link, wire.master, wire.peer)
    }

    fn new(life: u64, wire: &Wire<'_>) -> Self {
        Self {
            life,
            name: wire.interface.name.clone(),
            mac: wire.interface.mac,
            link: wire.link,
            master: wire.master,
            peer: wire.peer,
        }
    }
}

/// The nodes that run as wished, each with the life it is in; `life` says none of one that is being
/// worked on or cannot be looked into.
pub fn judged(
    wanted: &LabSpec,
    seen: &LabSeen,
    life: impl Fn(NodeId) -> Option<u64>,
) -> BTreeMap<NodeId, u64> {
    let as_wished = |(id, node): (&NodeId, &NodeSeen)| {
        let spec = wanted.nodes.get(id)?;
        let wished = match (&spec.driver, spec.run) {
            (DriverSpec::Netns(_) | DriverSpec::Docker(_), RunWish::On { start }) => {
                node.start >= start
            }
            (DriverSpec::Netns(_) | DriverSpec::Docker(_) | DriverSpec::CannotRun { .. }, _) => {
                false
            }
        };
        let judged = wished && node.phase == NodePhase::Running;
        Some((*id, life(*id).filter(|_| judged)?))
    };
    seen.nodes.iter().filter_map(as_wished).collect()
}

impl Settled {
    /// Takes in a look; `lives` by [`judged`].
    pub fn take(&mut self, wanted: &LabSpec, seen: &LabSeen, lives: &BTreeMap<NodeId, u64>) {
        let wiring = Wiring::of(wanted);
        self.ports.retain(|port, _| {
            wiring.wires.contains_key(port) && seen.nodes.contains_key(&port.node)
        });
        for (&port, wire) in &wiring.wires {
            let Some(&life) = lives.get(&port.node) else {
                continue;
            };
            if self.was_right(port, wire, life) {
                continue;
            }
            if is_right(port, wire, seen) {
                self.ports.insert(port, Kept::new(life, wire));
            } else {
                self.ports.remove(&port);
            }
        }
    }

    pub(super) fn was_right(&self, port: PortId, wire: &Wire<'_>, life: u64) -> bool {
        let kept = self.ports.get(&port);
        kept.is_some_and(|kept| kept.is(life, wire))
    }
}

/// Both ends are there and the host's is in its place.
fn is_right(port: PortId, wire: &Wire<'_>, seen: &LabSeen) -> bool {
    let node = seen.nodes.get(&port.node);
    let inside = node.is_some_and(|node| node.interfaces.contains_key(&wire.interface.name));
    let host_end = seen.ports.get(&port);
    inside && host_end.is_some_and(|end| end.master == wire.master && end.foreign_master.is_none())
}
