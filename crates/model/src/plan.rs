//! From wanted and seen to steps. Pure; the executor that runs the steps has no choice left.
//!
//! `plan_lab(wanted, seen)` first removes what must go, then adds what is missing. `check` says
//! whether a plan keeps the invariants, without knowing how it was made.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{IfaceIndex, LinkId, NetworkId, NodeId};
use crate::lab::{Gateway, Mac};
use crate::seen::PortId;

mod add;
pub mod check;
mod fate;
mod lab;
mod part;
mod remove;
pub(crate) mod wiring;
mod withhold;
mod words;

pub use lab::{plan_lab, plan_removal};
pub use part::Part;
pub use withhold::{Withheld, withhold};

/// One act on the host. Each is idempotent; the next pass repeats what failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    // ---- remove ----
    /// Take the redirect off this port, so that no frame goes to a device that is gone.
    RemoveRedirect {
        port: PortId,
    },
    /// Terminate every process of the node and its supervisor; its namespaces end with it.
    StopNode {
        node: NodeId,
    },
    RemovePort {
        port: PortId,
    },
    /// All ports of the lab by one message.
    RemoveAllPorts,
    /// Delete the data of a node whose wipe count rose.
    WipeNode {
        node: NodeId,
        wipe: u64,
    },
    /// Delete everything of a node that is no more in the lab.
    RemoveNode {
        node: NodeId,
    },
    /// Take the host off this network: its address, what it serves there, and what it lets through.
    RemoveGateway {
        network: NetworkId,
    },
    /// Hand the bridge to the reaper.
    RemoveBridge {
        network: NetworkId,
    },
    // ---- add ----
    /// Make it; or where it was seen, set it right, and make none if it went away meanwhile: whether
    /// that is mended is for the next look to say.
    EnsureBridge {
        network: NetworkId,
        seen: bool,
    },
    /// The host has its addresses on this network, serves there what it shall, and lets through what
    /// it shall; nothing else.
    EnsureGateway {
        network: NetworkId,
        gateway: Gateway,
    },
    /// Make the node's namespaces and tree; its supervisor waits to be released.
    EnsureNode {
        node: NodeId,
    },
    /// Make both ends of a port's veth in their places, in one message.
    EnsurePort {
        port: PortId,
        name: String,
        mac: Mac,
        mtu: u32,
        master: Option<NetworkId>,
    },
    /// The host end belongs to this bridge, or to none.
    SetMaster {
        port: PortId,
        master: Option<NetworkId>,
    },
    /// Addresses, gateways and routes inside the node, and its interfaces up.
    ConfigureNode {
        node: NodeId,
    },
    /// The same for one interface that a running node gets: it is raised and gets its addresses,
    /// then the node's gateways and routes that are missing. Its other interfaces are not looked at:
    /// what a person did inside stays.
    ConfigureInterface {
        port: PortId,
    },
    /// Every frame that enters here leaves there.
    EnsureRedirect {
        from: PortId,
        to: PortId,
    },
    SetAdmin {
        port: PortId,
        up: bool,
    },
    /// Let the node's processes start.
    ReleaseNode {
        node: NodeId,
    },
}

/// Steps in order, and for each the reason a person can read.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub remove: Vec<Planned>,
    pub add: Vec<Planned>,
    /// Nodes that cannot start now, each with the reason; nothing is planned for them.
    #[serde(default)]
    pub blocked: BTreeMap<NodeId, String>,
}

impl Plan {
    /// Nothing is to be done (what is blocked stays so until something changes).
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.add.is_empty()
    }

    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.remove
            .iter()
            .chain(&self.add)
            .map(|planned| &planned.step)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    pub step: Step,
    /// The node whose start or stop this step serves, if any; its failure fails that node alone.
    pub node: Option<NodeId>,
    pub link: Option<LinkId>,
    pub why: String,
}

/// A port's number, shown `3:0`.
impl std::fmt::Display for PortId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let PortId { node, interface } = *self;
        write!(f, "{node}:{interface}")
    }
}

impl PortId {
    pub fn new(node: NodeId, interface: IfaceIndex) -> Self {
        Self { node, interface }
    }
}
