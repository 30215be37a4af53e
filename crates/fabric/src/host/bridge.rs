//! Bridges: one for every network that has one.

use model::id::NetworkId;
use model::names::{DeviceName, Names};
use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rustix::io::Errno;

use super::{Host, uplink};
use crate::error::{Outcome, Result, tolerate};
use crate::wire::device::{self, BRIDGE_MTU, BridgeOptions, Device};

/// Makes it, or sets right what is not as made.
pub(crate) fn ensure(host: &mut Host, names: &Names, network: NetworkId) -> Result<()> {
    let name = DeviceName::Bridge(names.hash, network);
    let text = name.to_string();
    let making = device::make_bridge(&text, name.group());
    let made = host.socket.change(making, NLM_F_CREATE | NLM_F_EXCL);
    tolerate(made, &[Errno::EXIST]).on(format_args!("make bridge {text}"))?;
    let found = host.find_ours(name)?;
    host.ipv6.turn_off(&text)?;
    set_right(host, &found, &names.bridge_altname(network))
}

fn set_right(host: &mut Host, bridge: &Device, altname: &str) -> Result<()> {
    let (index, name) = (bridge.index, &bridge.name);
    if bridge.bridge != Some(BridgeOptions::default()) {
        let setting = device::set_bridge_options(index);
        let outcome = host.socket.change(setting, 0);
        outcome.on(format_args!("set the options of bridge {name}"))?;
    }
    if bridge.mtu != BRIDGE_MTU {
        let setting = device::set_mtu(index, BRIDGE_MTU);
        let outcome = host.socket.change(setting, 0);
        outcome.on(format_args!("set the MTU of bridge {name}"))?;
    }
    if !bridge.altnames.iter().any(|known| known == altname) {
        let adding = device::add_altname(index, altname);
        let outcome = host.socket.change(adding, NLM_F_CREATE | NLM_F_EXCL);
        outcome.on(format_args!("name bridge {name} {altname}"))?;
    }
    if !bridge.admin_up {
        let raising = device::set_admin(index, true);
        let outcome = host.socket.change(raising, 0);
        outcome.on(format_args!("raise bridge {name}"))?;
    }
    Ok(())
}

/// Deletes those that are there and ours, one after the other; few at a time, see `Fabric`.
pub(crate) fn remove(host: &mut Host, names: &Names, networks: &[NetworkId]) -> Result<()> {
    let mut first_error = None;
    for network in networks {
        let released = uplink::ensure(host, names, *network, None);
        let removed = remove_one(host, DeviceName::Bridge(names.hash, *network));
        if let Err(error) = released.and(removed) {
            tracing::warn!(%network, %error, "a bridge stays");
            first_error.get_or_insert(error);
        }
    }
    first_error.map_or(Ok(()), Err)
}

fn remove_one(host: &mut Host, name: DeviceName) -> Result<()> {
    match host.find(name)? {
        Some(bridge) => host.delete(&bridge),
        None => Ok(()),
    }
}
