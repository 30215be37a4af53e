//! Redirects between the host ends of a link of two ends, which make it transparent: what a bridge
//! would keep for itself (LLDP, LACP, STP, 802.1X, pause) passes too.

use model::names::{DeviceName, Names};
use model::seen::PortId;
use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL};
use rustix::io::Errno;

use super::Host;
use crate::error::{Outcome, Result, tolerate};
use crate::wire::device::Device;
use crate::wire::redirect::{self as wire, FilterSeen};

/// Compares the device that the filter names, not that there is a filter: one whose target was
/// deleted, or made again, loses every frame.
pub(crate) fn ensure(host: &mut Host, names: &Names, from: PortId, to: PortId) -> Result<()> {
    let from = host.find_ours(DeviceName::Port(names.hash, from))?;
    let to = host.find_ours(DeviceName::Port(names.hash, to))?;
    let filters = observe(host, &from)?;
    if filters == [FilterSeen::Redirect(to.index)] {
        return Ok(());
    }
    if filters.is_empty() {
        let making = wire::make_clsact(from.index);
        let made = host.socket.change(making, NLM_F_CREATE | NLM_F_EXCL);
        tolerate(made, &[Errno::EXIST]).on(format_args!("prepare {} for filters", from.name))?;
    } else {
        delete(host, &from)?;
    }
    let making = wire::make_filter(from.index, to.index);
    let made = host.socket.change(making, NLM_F_CREATE | NLM_F_EXCL);
    made.on(format_args!("redirect {} to {}", from.name, to.name))
}

pub(crate) fn remove(host: &mut Host, names: &Names, id: PortId) -> Result<()> {
    let Some(port) = host.find(DeviceName::Port(names.hash, id))? else {
        return Ok(());
    };
    if observe(host, &port)?.is_empty() {
        return Ok(());
    }
    delete(host, &port)
}

fn delete(host: &mut Host, port: &Device) -> Result<()> {
    let outcome = host.socket.change(wire::delete_filter(port.index), 0);
    tolerate(outcome, &[Errno::NOENT, Errno::NODEV])
        .on(format_args!("remove the redirect of {}", port.name))
}

/// What hangs at our place of this port's ingress; nothing when the port has just gone.
pub(super) fn observe(host: &mut Host, port: &Device) -> Result<Vec<FilterSeen>> {
    match host
        .socket
        .dump(&wire::get_filters(port.index), FilterSeen::read)
    {
        Err(failure) if failure.is(Errno::NODEV) || failure.is(Errno::INVAL) => Ok(Vec::new()),
        found => found.on(format_args!("look at the redirect of {}", port.name)),
    }
}
