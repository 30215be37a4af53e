//! The contract's names of kernel objects, and what identifies them as ours.
//!
//! `lab_hash = blake2b(instance_id + ":" + lab_id, digest_size = 2)`; bridge `nove{hash}n{network}`,
//! host-side device `nve{hash}d{node}i{iface}`. Both are ASCII and at most 15 bytes by the ids' ranges.

use blake2::digest::consts::U2;
use blake2::{Blake2b, Digest};

use crate::id::{IfaceIndex, InstanceId, LabId, NetworkId, NodeId};
use crate::lab::Mac;
use crate::seen::PortId;

/// The hash of a lab on an instance: two bytes, shown as four hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabHash(pub [u8; 2]);

impl std::fmt::Display for LabHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02x}{:02x}", self.0[0], self.0[1])
    }
}

/// `lab` is the lab's id as text, so that the contract's reference values can be checked.
pub fn lab_hash_of(instance: &str, lab: &str) -> LabHash {
    let mut hasher = Blake2b::<U2>::new();
    hasher.update(instance);
    hasher.update(":");
    hasher.update(lab);
    LabHash(hasher.finalize().into())
}

/// Every kernel name of one lab on one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub hash: LabHash,
    instance: InstanceId,
    lab: LabId,
}

/// Link group of a lab's ports: `0x4E56` above the lab hash, never 0.
const PORT_GROUP: u32 = 0x4E56_0000;
/// Link group of a lab's bridges: the same constant with its halves swapped to the other end.
const BRIDGE_GROUP_LOW: u32 = 0x0000_4E56;

impl Names {
    pub fn new(instance: &InstanceId, lab: LabId) -> Self {
        let hash = lab_hash_of(&instance.0, &lab.to_string());
        Self {
            hash,
            instance: instance.clone(),
            lab,
        }
    }

    pub fn bridge(&self, network: NetworkId) -> String {
        format!("nove{}n{network}", self.hash)
    }

    pub fn port(&self, port: PortId) -> String {
        format!("nve{}d{}i{}", self.hash, port.node, port.interface)
    }

    pub fn port_group(&self) -> u32 {
        PORT_GROUP | u32::from(u16::from_be_bytes(self.hash.0))
    }

    /// Kernel groups are signed in some tools' eyes; only equality matters here.
    pub fn bridge_group(&self) -> u32 {
        (u32::from(u16::from_be_bytes(self.hash.0)) << 16) | BRIDGE_GROUP_LOW
    }

    /// Altname of a bridge: which instance, lab and network it belongs to; at most 127 bytes.
    pub fn bridge_altname(&self, network: NetworkId) -> String {
        let instance: String = self.instance.0.chars().take(36).collect();
        format!("nova-ve:{instance}:{}:n{network}", self.lab)
    }

    /// The network a bridge name of this lab speaks of.
    pub fn parse_bridge(&self, name: &str) -> Option<NetworkId> {
        name.strip_prefix(&format!("nove{}n", self.hash))?
            .parse()
            .ok()
    }

    /// The port a device name of this lab speaks of.
    pub fn parse_port(&self, name: &str) -> Option<PortId> {
        let (node, interface) = name
            .strip_prefix(&format!("nve{}d", self.hash))?
            .split_once('i')?;
        Some(PortId {
            node: node.parse().ok()?,
            interface: interface.parse().ok()?,
        })
    }

    /// A node's hardware address: locally administered, stable, unique across labs of an instance:
    /// `02:hh:hh` the lab hash, then node (14 bits) and interface (7 bits).
    pub fn mac(&self, node: NodeId, interface: IfaceIndex) -> Mac {
        mac_of(self.hash, node, interface)
    }
}

/// See [`Names::mac`].
pub fn mac_of(hash: LabHash, node: NodeId, interface: IfaceIndex) -> Mac {
    let [n_high, n_low] = node.get().to_be_bytes();
    Mac([0x02, hash.0[0], hash.0[1], n_high, n_low, interface.get()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contracts_reference_values_hold() {
        let first = lab_hash_of(
            "00000000-0000-0000-0000-000000000001",
            "11111111-2222-3333-4444-555555555555",
        );
        assert_eq!(first.to_string(), "e4e6");
        assert_eq!(lab_hash_of("test-instance", "lab-1").to_string(), "3866");
        assert_eq!(lab_hash_of("a", "b").to_string(), "26d2");
    }
}
