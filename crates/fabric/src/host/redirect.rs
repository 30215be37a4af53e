//! Redirects between the host ends of a link of two ends, which make it transparent: what a bridge
//! would keep for itself (LLDP, LACP, STP, 802.1X, pause) passes too.

use model::names::{DeviceName, Names};
use model::seen::PortId;
use rustix::io::Errno;

use super::Host;
use crate::error::{Outcome, Result, tolerate};
use crate::socket::{Change, Socket};
use crate::wire::device::Device;
use crate::wire::redirect::{self as wire, FilterSeen};

/// From one port to another.
pub(crate) type Pair = (PortId, PortId);

/// One outcome for each pair. Compares the device that the filter names, not that there is a filter:
/// one whose target was deleted, or made again, loses every frame.
pub(crate) fn ensure(host: &mut Host, names: &Names, pairs: &[Pair]) -> Result<Vec<Result<()>>> {
    let mut outcomes = Vec::new();
    let (mut wrong, mut changes) = (Vec::new(), Vec::new());
    for (number, pair) in pairs.iter().enumerate() {
        let found = find(host, names, *pair);
        outcomes.push(found.map(|found| {
            if let Some(one) = found {
                changes.extend(one.changes());
                wrong.push((number, one));
            }
        }));
    }
    if changes.is_empty() {
        return Ok(outcomes);
    }
    let answers = host.socket.change_all(changes);
    let answers = answers.inspect_err(|_| host.mirror.distrust());
    let mut answers = answers.on("redirect ports")?.into_iter();
    for (number, one) in wrong {
        let (first, second) = (answers.next(), answers.next());
        outcomes[number] = one.done(host, first.unwrap_or(Ok(())), second.unwrap_or(Ok(())));
    }
    Ok(outcomes)
}

/// A redirect that is missing or wrong.
struct Wrong {
    from: Device,
    to: Device,
    /// Something hangs at our place.
    is_taken: bool,
}

fn find(host: &mut Host, names: &Names, (from, to): Pair) -> Result<Option<Wrong>> {
    let from = host.find_ours(DeviceName::Port(names.hash, from))?;
    let to = host.find_ours(DeviceName::Port(names.hash, to))?;
    let filters = host.filters(&from);
    let is_right = filters == [FilterSeen::Redirect(to.index)];
    let is_taken = !filters.is_empty();
    Ok((!is_right).then_some(Wrong { from, to, is_taken }))
}

impl Wrong {
    /// What clears our place or prepares it, then the filter.
    fn changes(&self) -> [Change; 2] {
        let first = if self.is_taken {
            Change::set(wire::delete_filter(self.from.index))
        } else {
            Change::make(wire::make_clsact(self.from.index))
        };
        let filter = wire::make_filter(self.from.index, self.to.index);
        [first, Change::make(filter)]
    }

    fn done(
        &self,
        host: &mut Host,
        first: std::result::Result<(), crate::error::Failure>,
        second: std::result::Result<(), crate::error::Failure>,
    ) -> Result<()> {
        let Self { from, to, is_taken } = self;
        let fine: &[Errno] = if *is_taken {
            &[Errno::NOENT, Errno::NODEV]
        } else {
            &[Errno::EXIST]
        };
        let made = tolerate(first, fine)
            .on(format_args!("prepare {} for filters", from.name))
            .and(second.on(format_args!("redirect {} to {}", from.name, to.name)));
        match made {
            Ok(()) => host
                .mirror
                .set_filters(from.index, vec![FilterSeen::Redirect(to.index)]),
            Err(_) => host.mirror.look_again_at(from.index),
        }
        made
    }
}

pub(crate) fn remove(host: &mut Host, names: &Names, id: PortId) -> Result<()> {
    let Some(port) = host.find(DeviceName::Port(names.hash, id))? else {
        return Ok(());
    };
    if host.filters(&port).is_empty() {
        return Ok(());
    }
    host.mirror.look_again_at(port.index);
    let outcome = host.socket.change(wire::delete_filter(port.index), 0);
    tolerate(outcome, &[Errno::NOENT, Errno::NODEV])
        .on(format_args!("remove the redirect of {}", port.name))?;
    host.mirror.set_filters(port.index, Vec::new());
    Ok(())
}

impl Host {
    /// What hangs at our place of the port, as the mirror shows it.
    fn filters(&self, port: &Device) -> &[FilterSeen] {
        self.mirror
            .at(port.index)
            .map_or(&[], |seen| seen.filters.as_slice())
    }
}

/// What hangs at our place of this port's ingress; nothing when the port has just gone.
pub(super) fn look(socket: &mut Socket, port: &Device) -> Result<Vec<FilterSeen>> {
    match socket.dump(&wire::get_filters(port.index), FilterSeen::read) {
        Err(failure) if failure.is(Errno::NODEV) || failure.is(Errno::INVAL) => Ok(Vec::new()),
        found => found.on(format_args!("look at the redirect of {}", port.name)),
    }
}
