//! Uplinks: an interface of the host as a port of a lab network's bridge.
//!
//! The interface stays the host's: nothing of it is changed but its bridge, and that it is up. A second
//! name says that it was us who joined it, so that only such a one is let go again; one that somebody
//! else made a port of this or another bridge is never touched.

use model::id::NetworkId;
use model::names::{DeviceName, Names};
use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rustix::io::Errno;

use super::Host;
use crate::error::{Error, Outcome, Result, tolerate};
use crate::wire::device::{self, Device};

/// Joins `wanted` to the network's bridge, and lets go of what else was joined by us.
pub(crate) fn ensure(
    host: &mut Host,
    names: &Names,
    network: NetworkId,
    wanted: Option<&str>,
) -> Result<()> {
    let mark = mark(names, network);
    let joined = host.find_any(&mark)?;
    if let Some(joined) = joined.filter(|joined| wanted != Some(joined.name.as_str())) {
        release(host, &joined, &mark)?;
    }
    match wanted {
        Some(name) => join(host, names, network, name),
        None => Ok(()),
    }
}

fn join(host: &mut Host, names: &Names, network: NetworkId, name: &str) -> Result<()> {
    let bridge = host.find_ours(DeviceName::Bridge(names.hash, network))?;
    let missing = || Error::Missing { name: name.into() };
    let found = host.find_any(name)?.ok_or_else(missing)?;
    let foreign = found.master.is_some_and(|master| master != bridge.index);
    // A name of ours is a lab's own device; a second name is not what the administrator allowed.
    if foreign || found.name != name || DeviceName::parse(name).is_some() {
        return Err(Error::Taken { name: name.into() });
    }
    let mark = mark(names, network);
    if !found.altnames.contains(&mark) {
        let adding = device::add_altname(found.index, &mark);
        let outcome = host.socket.change(adding, NLM_F_CREATE | NLM_F_EXCL);
        outcome.on(format_args!("name {name} {mark}"))?;
    }
    if found.master != Some(bridge.index) {
        let outcome = host
            .socket
            .change(device::set_master(found.index, Some(bridge.index)), 0);
        outcome.on(format_args!("join {name} to its bridge"))?;
    }
    if !found.admin_up {
        let outcome = host.socket.change(device::set_admin(found.index, true), 0);
        outcome.on(format_args!("raise {name}"))?;
    }
    Ok(())
}

/// Its bridge may be gone already, and it with that the port of none.
fn release(host: &mut Host, joined: &Device, mark: &str) -> Result<()> {
    if joined.master.is_some() {
        let outcome = host
            .socket
            .change(device::set_master(joined.index, None), 0);
        outcome.on(format_args!("let go of {}", joined.name))?;
    }
    let forgetting = host
        .socket
        .change(device::remove_altname(joined.index, mark), 0);
    let outcome = tolerate(forgetting, &[Errno::NODEV, Errno::NOENT]);
    outcome.on(format_args!("take the name {mark} from {}", joined.name))
}

/// At most 14 bytes: a longer name could not be looked for as a device's.
fn mark(names: &Names, network: NetworkId) -> String {
    format!("uplk{}n{network}", names.hash)
}
