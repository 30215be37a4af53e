//! Picking fields out of raw messages. Whatever is too short or of another form is simply not there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{NlaBuffer, NlasIterator};

pub(crate) const AF_INET: u8 = 2;
pub(crate) const AF_INET6: u8 = 10;

/// The attributes behind a fixed header of `header` bytes.
pub(crate) fn attributes(
    payload: &[u8],
    header: usize,
) -> impl Iterator<Item = NlaBuffer<&[u8]>> + '_ {
    let rest = payload.get(header..).unwrap_or_default();
    NlasIterator::new(rest).flatten()
}

/// The value of one attribute inside a nest.
pub(crate) fn find(nest: &[u8], kind: u16) -> Option<&[u8]> {
    // NlasIterator's items borrow the buffer, but `value` borrows the item: the nest is cut by hand.
    let mut rest = nest;
    while rest.len() >= 4 {
        let length = usize::from(u16::from_ne_bytes([rest[0], rest[1]]));
        let found = NlaBuffer::new_checked(rest).ok()?.kind();
        if found == kind {
            return rest.get(4..length);
        }
        rest = rest.get(length.next_multiple_of(4)..)?;
    }
    None
}

pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..)?.first_chunk::<4>()?;
    Some(u32::from_ne_bytes(*bytes))
}

pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    let bytes = bytes.get(offset..)?.first_chunk::<8>()?;
    Some(u64::from_ne_bytes(*bytes))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\0').to_owned()
}

pub(crate) fn ip(family: u8, bytes: &[u8]) -> Option<IpAddr> {
    match family {
        AF_INET => Some(Ipv4Addr::from(*bytes.first_chunk::<4>()?).into()),
        AF_INET6 => Some(Ipv6Addr::from(*bytes.first_chunk::<16>()?).into()),
        _ => None,
    }
}
