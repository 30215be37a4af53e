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

const PORT_GROUP: u32 = 0x4E56_0000;
/// The ports' constant at the other end.
const BRIDGE_GROUP_LOW: u32 = 0x0000_4E56;

impl LabHash {
    /// Link group of the lab's ports: `0x4E56` above the lab hash, never 0.
    pub fn port_group(self) -> u32 {
        PORT_GROUP | u32::from(u16::from_be_bytes(self.0))
    }

    /// Link group of the lab's bridges. Kernel groups are signed in some tools' eyes; only equality
    /// matters here.
    pub fn bridge_group(self) -> u32 {
        (u32::from(u16::from_be_bytes(self.0)) << 16) | BRIDGE_GROUP_LOW
    }

    /// The lab whose ports or bridges have this link group, if it has the form of such a one.
    pub fn of_group(group: u32) -> Option<Self> {
        let [a, b, c, d] = group.to_be_bytes();
        let hash = match (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])) {
            (0x4E56, _) => [c, d],
            (_, 0x4E56) => [a, b],
            (_, _) => return None,
        };
        Some(Self(hash))
    }

    pub fn bridge(self, network: NetworkId) -> String {
        format!("nove{self}n{network}")
    }

    pub fn port(self, port: PortId) -> String {
        format!("nve{self}d{}i{}", port.node, port.interface)
    }
}

impl std::str::FromStr for LabHash {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(u16::from_str_radix(text, 16)?.to_be_bytes()))
    }
}

/// What a device's name says when it is a name of ours, of whatever lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceName {
    Port(LabHash, PortId),
    Bridge(LabHash, NetworkId),
}

impl DeviceName {
    /// None unless `name` is exactly as we would write it (`d01i0` is not).
    pub fn parse(name: &str) -> Option<Self> {
        let (is_bridge, rest) = match name.strip_prefix("nove") {
            Some(rest) => (true, rest),
            None => (false, name.strip_prefix("nve")?),
        };
        let (hash, rest) = rest.split_at_checked(4)?;
        let hash: LabHash = hash.parse().ok()?;
        let found = if is_bridge {
            Self::Bridge(hash, rest.strip_prefix('n')?.parse().ok()?)
        } else {
            let (node, interface) = rest.strip_prefix('d')?.split_once('i')?;
            let port = PortId::new(node.parse().ok()?, interface.parse().ok()?);
            Self::Port(hash, port)
        };
        (found.to_string() == name).then_some(found)
    }

    pub fn hash(self) -> LabHash {
        match self {
            Self::Port(hash, _) | Self::Bridge(hash, _) => hash,
        }
    }

    /// The link group a device of this name must have to be ours.
    pub fn group(self) -> u32 {
        match self {
            Self::Port(hash, _) => hash.port_group(),
            Self::Bridge(hash, _) => hash.bridge_group(),
        }
    }
}

impl std::fmt::Display for DeviceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Port(hash, port) => f.write_str(&hash.port(port)),
            Self::Bridge(hash, network) => f.write_str(&hash.bridge(network)),
        }
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
        self.hash.bridge(network)
    }

    pub fn port(&self, port: PortId) -> String {
        self.hash.port(port)
    }

    pub fn port_group(&self) -> u32 {
        self.hash.port_group()
    }

    pub fn bridge_group(&self) -> u32 {
        self.hash.bridge_group()
    }

    /// Altname of a bridge: which instance, lab and network it belongs to; at most 127 bytes.
    pub fn bridge_altname(&self, network: NetworkId) -> String {
        let instance: String = self.instance.0.chars().take(36).collect();
        format!("nova-ve:{instance}:{}:n{network}", self.lab)
    }

    /// The network that a second name of a bridge of this lab speaks of.
    pub fn parse_bridge_altname(&self, altname: &str) -> Option<NetworkId> {
        let network = altname.rsplit_once(":n")?.1.parse().ok()?;
        (self.bridge_altname(network) == altname).then_some(network)
    }

    /// The network a bridge name of this lab speaks of.
    pub fn parse_bridge(&self, name: &str) -> Option<NetworkId> {
        match DeviceName::parse(name)? {
            DeviceName::Bridge(hash, network) if hash == self.hash => Some(network),
            DeviceName::Bridge(..) | DeviceName::Port(..) => None,
        }
    }

    /// The port a device name of this lab speaks of.
    pub fn parse_port(&self, name: &str) -> Option<PortId> {
        match DeviceName::parse(name)? {
            DeviceName::Port(hash, port) if hash == self.hash => Some(port),
            DeviceName::Port(..) | DeviceName::Bridge(..) => None,
        }
    }

    /// A node's hardware address: locally administered, stable, unique across labs of an instance:
    /// `02:hh:hh` the lab hash, then node (14 bits) and interface (7 bits).
    pub fn mac(&self, node: NodeId, interface: IfaceIndex) -> Mac {
        mac_of(self.hash, node, interface)
    }
}

impl LabHash {
    /// The host's hardware address on a network that it is on: `06:hh:hh`, then the network. No node has
    /// one like it by derivation, and it stays the same whatever ports come and go.
    pub fn gateway_mac(self, network: NetworkId) -> Mac {
        let [_, high, mid, low] = network.get().to_be_bytes();
        Mac([0x06, self.0[0], self.0[1], high, mid, low])
    }
}

/// See [`Names::mac`].
pub fn mac_of(hash: LabHash, node: NodeId, interface: IfaceIndex) -> Mac {
    let [n_high, n_low] = node.get().to_be_bytes();
    Mac([0x02, hash.0[0], hash.0[1], n_high, n_low, interface.get()])
}

/// The host end's hardware address: the node's with another first byte. High, so that no bridge takes
/// it for its own, and never the node's, which a bridge would believe to be local.
pub fn host_mac(node: Mac) -> Mac {
    let mut mac = node;
    mac.0[0] = if node.0[0] == 0xfe { 0xfa } else { 0xfe };
    mac
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

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

    #[test]
    fn a_host_end_never_has_the_nodes_address() {
        for first in [0x02, 0xfa, 0xfe] {
            let node = Mac([first, 0, 0, 0, 0, 1]);
            assert_ne!(host_mac(node), node);
        }
    }

    #[test]
    fn a_name_of_ours_is_read_back_and_nothing_else_is() {
        let port = PortId::new(7.try_into().unwrap(), 2.try_into().unwrap());
        let found = DeviceName::parse("nve3866d7i2");
        assert_eq!(found, Some(DeviceName::Port(LabHash([0x38, 0x66]), port)));
        let found = DeviceName::parse("nove3866n12").map(|name| name.to_string());
        assert_eq!(found.as_deref(), Some("nove3866n12"));
        for other in [
            "nve3866d07i2",
            "nve3866d0i2",
            "nveABCDd7i2",
            "nve+386d7i2",
            "nove3866",
            "nvé866d7i2",
            "eth0",
        ] {
            assert_eq!(DeviceName::parse(other), None, "{other}");
        }
    }
}
