//! Networks that the host is on: their subnets, who has which address there, and under what name.
//!
//! Pure. The agent chooses the subnets (`subnet`), since only it sees its host; with them the wish is
//! `resolve`d: nothing in it is `auto` any more, and a management network's interfaces have addresses.

mod addresses;
mod names;
mod resolve;
mod subnet;

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::id::NetworkId;
use crate::lab::End;
use crate::seen::PortId;
use crate::spec::LabSpec;

pub use addresses::management_addresses;
pub use names::{Named, domain, label, names_on};
pub use resolve::resolve;
pub use subnet::{free_ipv4, free_ipv6, ipv4_prefix_for, overlap};

/// The host's own address on a network, with the network's size, for each family that it has there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv4: Option<IpNet>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipv6: Option<IpNet>,
}

impl Chosen {
    /// IPv4 first.
    pub fn all(&self) -> impl Iterator<Item = IpNet> + use<> {
        self.ipv4.into_iter().chain(self.ipv6)
    }
}

/// The subnets of a lab's networks.
pub type Subnets = BTreeMap<NetworkId, Chosen>;

/// The interfaces that are linked to this network.
pub fn ports_on(spec: &LabSpec, network: NetworkId) -> BTreeSet<PortId> {
    let other = |one: End, other: End| match (one, other) {
        (End::Network(id), End::Interface { node, interface }) if id == network => {
            Some(PortId::new(node, interface))
        }
        (End::Network(_) | End::Interface { .. }, _) => None,
    };
    let links = spec.links.values();
    links
        .filter_map(|link| other(link.a, link.b).or_else(|| other(link.b, link.a)))
        .collect()
}
