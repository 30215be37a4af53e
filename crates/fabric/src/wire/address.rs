//! Addresses of a node's interfaces.

use std::net::IpAddr;

use ipnet::IpNet;
use model::lab::Address;
use netlink_packet_route::address::{
    AddressAttribute, AddressFlags, AddressMessage, AddressProtocol,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::read::{AF_INET, attributes, ip, u32_at};

/// The mark on addresses and routes that we set: 'N', a protocol number nobody has claimed.
pub(crate) const OURS: u8 = 0x4e;

pub(crate) fn make(index: u32, address: Address) -> RouteNetlinkMessage {
    let mut message = of(index, address);
    // A lab's address is usable at once: waiting a second for a duplicate would delay every start.
    message
        .attributes
        .push(AddressAttribute::Flags(AddressFlags::Nodad));
    message
        .attributes
        .push(AddressAttribute::Protocol(AddressProtocol::Other(OURS)));
    RouteNetlinkMessage::NewAddress(message)
}

pub(crate) fn delete(index: u32, address: Address) -> RouteNetlinkMessage {
    RouteNetlinkMessage::DelAddress(of(index, address))
}

pub(crate) fn get_all() -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetAddress(AddressMessage::default())
}

fn of(index: u32, address: Address) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = family(address.0.addr());
    message.header.prefix_len = address.0.prefix_len();
    message.header.index = index;
    message.attributes = vec![
        AddressAttribute::Local(address.0.addr()),
        AddressAttribute::Address(address.0.addr()),
    ];
    message
}

pub(crate) fn family(ip: IpAddr) -> AddressFamily {
    match ip {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

/// An address as the kernel shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AddressSeen {
    pub index: u32,
    pub address: Address,
    pub ours: bool,
}

impl AddressSeen {
    /// `struct ifaddrmsg`: family, prefix length, flags, scope, index at 4.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let (family, prefix) = (*payload.first()?, *payload.get(1)?);
        let (mut local, mut address, mut ours) = (None, None, false);
        for attribute in attributes(payload, 8) {
            match attribute.kind() {
                1 => address = ip(family, attribute.value()),
                2 => local = ip(family, attribute.value()),
                11 => ours = attribute.value().first() == Some(&OURS),
                _ => {}
            }
        }
        // For IPv4 the far end of a point-to-point address stands in `address`, our own in `local`.
        let ip = if family == AF_INET {
            local.or(address)?
        } else {
            address?
        };
        Some(Self {
            index: u32_at(payload, 4)?,
            address: Address(IpNet::new(ip, prefix).ok()?),
            ours,
        })
    }
}
