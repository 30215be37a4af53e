//! What an agent sees of one lab on its host: the other input of the planner.
//!
//! What kernel and supervisors show now, by their own events or by a look; never what was wished.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::id::{IfaceIndex, NetworkId, NodeId};
use crate::lab::{Address, Gateway, Mac};

/// The lab's part of the running world.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabSeen {
    pub nodes: BTreeMap<NodeId, NodeSeen>,
    /// Host ends of our ports, by what their names say.
    pub ports: BTreeMap<PortId, PortSeen>,
    /// Our bridges.
    pub bridges: BTreeMap<NetworkId, BridgeSeen>,
    /// Networks that the host is on, as the agent keeps a record of it.
    pub gateways: BTreeMap<NetworkId, GatewaySeen>,
    /// Devices with a name of ours that lack our group: shown, never touched.
    pub foreign: BTreeSet<String>,
    /// Devices that are none of the lab's by name, where the lab's should be alone.
    pub strangers: Vec<Stranger>,
}

impl LabSeen {
    /// Bridges of the lab that somebody gave another name.
    pub fn renamed_bridges(&self) -> impl Iterator<Item = NetworkId> {
        self.strangers
            .iter()
            .filter_map(|stranger| match stranger.was {
                Some(Was::Bridge(network)) => Some(network),
                Some(Was::Port(_)) | None => None,
            })
    }
}

/// A device in a bridge of the lab, or one that was the lab's and has another name now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    pub name: String,
    /// The lab's bridge that it is a port of.
    pub master: Option<NetworkId>,
    /// What it was when we made it; absent: it never was ours.
    pub was: Option<Was>,
}

/// By the marks that a rename leaves: link group, second name, hardware address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Was {
    Bridge(NetworkId),
    /// A host end with this hardware address.
    Port(Mac),
}

/// A port is one interface of one node; its device on the host has a name made of both.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct PortId {
    pub node: NodeId,
    pub interface: IfaceIndex,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NodeSeen {
    pub phase: NodePhase,
    /// The wish (`RunWish::On.start`) the running node was started for; of one that rests 0, unless it ended
    /// by itself and is not to be started again for that wish.
    pub start: u64,
    /// The wipe count its data was made under.
    pub wipe: u64,
    /// `NodeSpec::fingerprint` of the spec it was started with.
    pub fingerprint: String,
    /// Interfaces inside the node, by device name. Shared with whoever looked: most looks find the same.
    pub interfaces: Arc<BTreeMap<String, InnerSeen>>,
}

/// ```text
/// (no node) ─ensure─▶ Held ─release─▶ Running ─stop or end─▶ Data ─remove─▶ (no node)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodePhase {
    /// Nothing runs; its data lies there.
    Data,
    /// Its namespaces exist, its supervisor waits, nothing of the lab runs in it yet.
    Held,
    Running,
}

/// A device inside a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnerSeen {
    pub mac: Mac,
    pub mtu: u32,
    pub admin_up: bool,
    pub addresses: BTreeSet<Address>,
    /// We made it, and nobody came to give it its addresses yet.
    pub fresh: bool,
    /// Its other end is in another network namespace.
    pub leads_out: bool,
}

/// The host end of a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSeen {
    pub ifindex: u32,
    /// `IFF_UP`.
    pub admin_up: bool,
    /// `IFF_LOWER_UP`.
    pub carrier: bool,
    /// The bridge it is a port of, when that bridge is one of ours.
    pub master: Option<NetworkId>,
    /// The device that it is a port of, when that is not one of the lab's bridges.
    pub foreign_master: Option<String>,
    /// Where its ingress redirect points, when it has one.
    pub redirect: Option<RedirectSeen>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedirectSeen {
    /// To this port of the same lab.
    To(PortId),
    /// To a device that is gone or not of this lab: every frame is lost until it is removed.
    Stale,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BridgeSeen {
    pub ifindex: u32,
    pub admin_up: bool,
}

/// The host on a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySeen {
    /// What was made there last.
    pub gateway: Gateway,
    /// All of it was found right, and nothing was heard since that it is not.
    pub stands: bool,
}
