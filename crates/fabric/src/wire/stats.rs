//! What went through devices. A dump of it is a fraction of a dump of the devices.

use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::stats::{StatsFilterMask, StatsMessage};

use super::read::{find, u32_at, u64_at};

const IFLA_STATS_LINK_64: u16 = 1;
/// `struct if_stats_msg`: family, padding, index at 4, the mask of what is asked for.
const HEADER_BYTES: usize = 12;

/// The first four words of `struct rtnl_link_stats64`, as this end of the device counts them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RawCounters {
    pub rx_packets: u64,
    pub tx_packets: u64,
    pub rx_bytes: u64,
    pub tx_bytes: u64,
}

pub(crate) fn get_all() -> RouteNetlinkMessage {
    let mut message = StatsMessage::default();
    message.header.filter_mask = StatsFilterMask::Link64;
    RouteNetlinkMessage::GetStats(message)
}

/// Which devices there are, and nothing of them: statistics that hardly any device has. The cheapest of
/// all dumps of devices.
pub(crate) fn get_indexes() -> RouteNetlinkMessage {
    let mut message = StatsMessage::default();
    message.header.filter_mask = StatsFilterMask::LinkXstats;
    RouteNetlinkMessage::GetStats(message)
}

pub(crate) fn read_index(payload: &[u8]) -> Option<u32> {
    u32_at(payload, 4)
}

/// The device's index and its counters.
pub(crate) fn read(payload: &[u8]) -> Option<(u32, RawCounters)> {
    let value = find(payload.get(HEADER_BYTES..)?, IFLA_STATS_LINK_64)?;
    let word = |number: usize| u64_at(value, number * 8).unwrap_or_default();
    let counters = RawCounters {
        rx_packets: word(0),
        tx_packets: word(1),
        rx_bytes: word(2),
        tx_bytes: word(3),
    };
    Some((u32_at(payload, 4)?, counters))
}
