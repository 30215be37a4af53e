//! This host on a network of a lab: its gateway, and what it serves there.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// A network without one is closed: nothing of the host is on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
pub struct Gateway {
    /// The host's address there and the size of the network, or `auto`; absent: no IPv4.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>))]
    pub ipv4: Option<Subnet>,
    /// The same for IPv6.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "utoipa", schema(value_type = Option<String>))]
    pub ipv6: Option<Subnet>,
    /// Whether nodes get an address and a default route when they ask.
    #[serde(default = "yes")]
    pub dhcp: bool,
    /// Whether the host answers questions for names: of the network's nodes, and of what it resolves itself.
    #[serde(default = "yes")]
    pub dns: bool,
    /// Whether nodes reach what the host reaches, behind its address.
    #[serde(default = "yes")]
    pub outward: bool,
    /// The lab's management network: each interface on it has its address from the start (its own, or
    /// the next free one), and the host reaches the nodes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub management: bool,
}

fn yes() -> bool {
    true
}

/// `auto`, `10.1.0.0/24` (the host has the first address), `10.1.0.254/24` (the host has that one).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Subnet {
    /// The host takes a free one when the lab starts, and keeps it.
    Auto,
    /// The host's own address with the prefix length.
    At(IpNet),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither auto nor a subnet like 10.1.0.0/24 with room for a gateway and a node")]
pub struct SubnetError(String);

impl Subnet {
    /// The host's address in a subnet: the first when the subnet itself is given.
    pub fn at(net: IpNet) -> Self {
        if net.addr() != net.network() {
            return Self::At(net);
        }
        let first = match net.network() {
            IpAddr::V4(base) => IpAddr::from((u32::from(base) + 1).to_be_bytes()),
            IpAddr::V6(base) => IpAddr::from((u128::from(base) + 1).to_be_bytes()),
        };
        let net = IpNet::new(first, net.prefix_len());
        Self::At(net.expect("the prefix length is that of a network"))
    }
}

impl FromStr for Subnet {
    type Err = SubnetError;

    fn from_str(text: &str) -> Result<Self, SubnetError> {
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let wrong = || SubnetError(text.into());
        let net: IpNet = text.parse().map_err(|_| wrong())?;
        // Room for the host and a node; an IPv4 network also has its broadcast address.
        let spare = net.max_prefix_len() - net.prefix_len();
        let special = net.addr().is_multicast() || net.addr().is_loopback();
        if spare < 2 || net.prefix_len() < 8 || special || net.addr() == net.broadcast() {
            return Err(wrong());
        }
        Ok(Self::at(net))
    }
}

impl TryFrom<String> for Subnet {
    type Error = SubnetError;

    fn try_from(text: String) -> Result<Self, SubnetError> {
        text.parse()
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::At(net) => net.fmt(f),
        }
    }
}

impl From<Subnet> for String {
    fn from(subnet: Subnet) -> Self {
        subnet.to_string()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_names_the_hosts_address_or_leaves_it_the_first() {
        for (text, shown) in [
            ("auto", "auto"),
            ("10.1.0.0/24", "10.1.0.1/24"),
            ("10.1.0.254/24", "10.1.0.254/24"),
            ("10.1.0.0/30", "10.1.0.1/30"),
            ("fd00:1::/64", "fd00:1::1/64"),
        ] {
            assert_eq!(text.parse::<Subnet>().unwrap().to_string(), shown);
        }
        for wrong in [
            "10.1.0.0/31",
            "10.1.0.255/24",
            "0.0.0.0/0",
            "127.0.0.0/8",
            "224.0.0.0/8",
            "fd00::/127",
            "10.1.0.0",
            "",
        ] {
            assert!(wrong.parse::<Subnet>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_gateway_serves_what_people_expect() {
        let gateway: Gateway = serde_json::from_str(r#"{"ipv4":"auto"}"#).unwrap();
        assert!(gateway.dhcp && gateway.dns && gateway.outward && !gateway.management);
        assert_eq!(gateway.ipv6, None);
    }
}
