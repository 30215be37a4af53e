//! The host on a network of a lab: its addresses on the bridge.
//!
//! What passes there is `gate`'s. The bridge gets a hardware address of its own, or it would change with
//! every port that comes and goes, and nodes would look for the host where it was.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use ipnet::IpNet;
use model::id::NetworkId;
use model::lab::Address;
use model::names::{DeviceName, Names};
use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rustix::io::Errno;

use super::{Host, ipv6};
use crate::error::{Error, Outcome, Result, tolerate};
use crate::wire::address::{self, AddressSeen};
use crate::wire::device::{self, Device};

const CONF: &str = "/proc/sys/net/ipv6/conf";
/// What was there before the address: the host makes one itself, takes none from a lab's router, and
/// does not wait for a second to see whether another has it.
const IPV6_SETTINGS: [(&str, &str); 4] = [
    ("accept_ra", "0"),
    ("autoconf", "0"),
    ("accept_dad", "0"),
    ("disable_ipv6", "0"),
];

/// The bridge, which must be there, has these addresses of the host and no others; its index.
pub(crate) fn ensure(
    host: &mut Host,
    names: &Names,
    network: NetworkId,
    addresses: &[IpNet],
) -> Result<u32> {
    let bridge = host.find_ours(DeviceName::Bridge(names.hash, network))?;
    let mac = names.hash.gateway_mac(network);
    if bridge.mac != Some(mac) {
        let outcome = host.socket.change(device::set_mac(bridge.index, mac), 0);
        outcome.on(format_args!("give {} its hardware address", bridge.name))?;
    }
    if addresses.iter().any(|net| net.addr().is_ipv6()) {
        turn_ipv6_on(&bridge.name)?;
    } else {
        ipv6::turn_off_again(&bridge.name)?;
    }
    set_addresses(host, &bridge, addresses)?;
    Ok(bridge.index)
}

/// The host has no address there; that the bridge is gone is fine.
pub(crate) fn remove(host: &mut Host, names: &Names, network: NetworkId) -> Result<()> {
    match host.find(DeviceName::Bridge(names.hash, network))? {
        Some(bridge) => {
            set_addresses(host, &bridge, &[])?;
            ipv6::turn_off_again(&bridge.name)
        }
        None => Ok(()),
    }
}

fn set_addresses(host: &mut Host, bridge: &Device, wanted: &[IpNet]) -> Result<()> {
    let seen = host.socket.dump(&address::get_all(), AddressSeen::read);
    let seen = seen.on("look at the host's addresses")?;
    let of_bridge = seen.into_iter().filter(|seen| seen.index == bridge.index);
    let had: BTreeSet<IpNet> = of_bridge
        .map(|seen| seen.address.0)
        .filter(|net| !is_link_local(*net))
        .collect();
    for net in had.iter().filter(|net| !wanted.contains(net)) {
        let outcome = host
            .socket
            .change(address::delete(bridge.index, Address(*net)), 0);
        tolerate(outcome, &[Errno::ADDRNOTAVAIL])
            .on(format_args!("take {net} from {}", bridge.name))?;
    }
    for net in wanted.iter().filter(|net| !had.contains(net)) {
        let making = address::make(bridge.index, Address(*net));
        let outcome = host.socket.change(making, NLM_F_CREATE | NLM_F_EXCL);
        tolerate(outcome, &[Errno::EXIST]).on(format_args!("give {} to {net}", bridge.name))?;
    }
    Ok(())
}

fn is_link_local(net: IpNet) -> bool {
    match net {
        IpNet::V4(_) => false,
        IpNet::V6(net) => net.addr().is_unicast_link_local(),
    }
}

fn turn_ipv6_on(name: &str) -> Result<()> {
    for (setting, value) in IPV6_SETTINGS {
        let path = format!("{CONF}/{name}/{setting}");
        write_unless_so(&path, value).map_err(|source| Error::Ipv6On {
            name: name.to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// The host forwards packets of this family. Whether it was switched on just now.
///
/// A host that forwards IPv6 no longer listens to the routers of its own network, unless told to
/// listen all the same: who did, goes on.
pub(crate) fn ensure_forwarding(is_v6: bool) -> Result<bool> {
    let path = if is_v6 {
        "/proc/sys/net/ipv6/conf/all/forwarding"
    } else {
        "/proc/sys/net/ipv4/ip_forward"
    };
    let switch = || -> io::Result<bool> {
        if fs::read_to_string(path)?.trim() == "1" {
            return Ok(false);
        }
        if is_v6 {
            go_on_listening()?;
        }
        fs::write(path, "1")?;
        Ok(true)
    };
    switch().map_err(Error::Forwarding)
}

fn go_on_listening() -> io::Result<()> {
    for entry in fs::read_dir(CONF)? {
        let path = entry?.path().join("accept_ra");
        let listens = fs::read_to_string(&path).is_ok_and(|text| text.trim() == "1");
        if listens {
            // A device may go meanwhile.
            drop(fs::write(&path, "2"));
        }
    }
    Ok(())
}

fn write_unless_so(path: &str, value: &str) -> io::Result<()> {
    if fs::read_to_string(path)?.trim() == value {
        return Ok(());
    }
    fs::write(path, value)
}
