//! Routes of a node, in its main table.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use model::spec::RouteSpec;
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::route::{
    RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};

use super::address::{OURS, family};
use super::read::{AF_INET, AF_INET6, attributes, ip, u32_at};

pub(crate) fn make(route: &RouteSpec) -> RouteNetlinkMessage {
    RouteNetlinkMessage::NewRoute(of(route))
}

pub(crate) fn delete(route: &RouteSpec) -> RouteNetlinkMessage {
    RouteNetlinkMessage::DelRoute(of(route))
}

pub(crate) fn get_all() -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetRoute(RouteMessage::default())
}

/// The kernel finds the device by the gateway's address.
fn of(route: &RouteSpec) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family(route.via);
    message.header.destination_prefix_length = route.to.prefix_len();
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.protocol = RouteProtocol::Other(OURS);
    message.header.scope = RouteScope::Universe;
    message.header.kind = RouteType::Unicast;
    message.attributes = vec![
        RouteAttribute::Destination(route.to.network().into()),
        RouteAttribute::Gateway(route.via.into()),
    ];
    message
}

/// The whole of an address family: where a default route goes.
pub(crate) fn everything(via: IpAddr) -> IpNet {
    let zero: IpAddr = match via {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    IpNet::new(zero, 0).expect("no prefix is shorter than 0")
}

/// A route by one gateway, as the kernel shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RouteSeen {
    pub route: RouteSpec,
    pub ours: bool,
}

impl RouteSeen {
    /// None for routes without a gateway and for other tables than the main one.
    ///
    /// `struct rtmsg`: family, destination's length, …, table at 4, protocol at 5.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let header = payload.first_chunk::<12>()?;
        let family = header[0];
        if header[4] != RouteHeader::RT_TABLE_MAIN || ![AF_INET, AF_INET6].contains(&family) {
            return None;
        }
        let (mut to, mut via) = (None, None);
        for attribute in attributes(payload, 12) {
            match attribute.kind() {
                1 => to = ip(family, attribute.value()),
                5 => via = ip(family, attribute.value()),
                _ => {}
            }
        }
        let via = via?;
        let to = to.unwrap_or_else(|| everything(via).addr());
        Some(Self {
            route: RouteSpec {
                to: IpNet::new(to, header[1]).ok()?,
                via,
            },
            ours: header[5] == OURS,
        })
    }
}

/// What a route leads to, as the kernel shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReachSeen {
    pub to: IpNet,
    pub device: Option<u32>,
}

impl ReachSeen {
    /// None for a way to everything, and for what is the same on every host: loopback, links' own
    /// addresses, groups.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let header = payload.first_chunk::<12>()?;
        let (family, length) = (header[0], header[1]);
        if length == 0 || ![AF_INET, AF_INET6].contains(&family) {
            return None;
        }
        let (mut to, mut device) = (None, None);
        for attribute in attributes(payload, 12) {
            match attribute.kind() {
                1 => to = ip(family, attribute.value()),
                4 => device = u32_at(attribute.value(), 0),
                _ => {}
            }
        }
        let to = IpNet::new(to?, length).ok()?;
        let is_special = match to {
            IpNet::V4(net) => net.addr().is_loopback() || net.addr().is_multicast(),
            IpNet::V6(net) => {
                let ip = net.addr();
                ip.is_loopback() || ip.is_multicast() || ip.is_unicast_link_local()
            }
        };
        (!is_special).then_some(Self { to, device })
    }
}
