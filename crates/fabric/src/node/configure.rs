//! Everything a node gets before its processes start, in as few exchanges as it takes.

use model::spec::{InterfaceSpec, RouteSpec};
use rustix::io::Errno;

use super::Inside;
use crate::error::{Outcome, Result, tolerate};
use crate::socket::Change;
use crate::wire::address::{self, AddressSeen};
use crate::wire::device::{self, Device, FRESH_GROUP};

/// One change, and the words that mean that it is so already.
struct Act {
    what: String,
    change: Change,
    fine: &'static [Errno],
}

impl Inside {
    /// `lo` and these interfaces up, with addresses, then the routes. An interface whose port is not
    /// made has no device. That they are configured is said last: what broke off before is done again.
    pub(super) fn configure(
        &mut self,
        interfaces: &[InterfaceSpec],
        routes: &[RouteSpec],
        with_lo: bool,
    ) -> Result<Vec<String>> {
        let devices = self.devices()?;
        let addresses = self.addresses()?;
        let of_name = |name: &str| devices.iter().find(|device| device.name == name);
        let mut acts = Vec::new();
        if let Some(lo) = of_name("lo").filter(|_| with_lo) {
            acts.extend(raise(lo));
        }
        let mut configured = Vec::new();
        for interface in interfaces {
            let Some(found) = of_name(&interface.name) else {
                continue;
            };
            acts.extend(raise(found));
            acts.extend(missing(interface, found, &addresses));
            configured.push((interface, found));
        }
        self.act(acts)?;
        for (interface, found) in &configured {
            if has_stale(interface, found, &addresses) {
                self.ensure_addresses(&interface.name, &interface.addresses)?;
            }
        }
        let told = self.ensure_routes(routes)?;
        self.act(configured.iter().filter_map(|(_, device)| settle(device)))?;
        Ok(told)
    }

    fn act(&mut self, acts: impl IntoIterator<Item = Act>) -> Result<()> {
        let (words, changes): (Vec<_>, Vec<_>) = acts
            .into_iter()
            .map(|act| ((act.what, act.fine), act.change))
            .unzip();
        let answers = self.socket.change_all(changes).on("configure the node")?;
        for ((what, fine), answer) in words.into_iter().zip(answers) {
            tolerate(answer, fine).on(what)?;
        }
        Ok(())
    }
}

fn raise(device: &Device) -> Option<Act> {
    (!device.admin_up).then(|| Act {
        what: format!("raise interface {}", device.name),
        change: Change::set(device::set_admin(device.index, true)),
        fine: &[],
    })
}

fn missing<'a>(
    interface: &'a InterfaceSpec,
    found: &'a Device,
    there: &'a [AddressSeen],
) -> impl Iterator<Item = Act> + 'a {
    let is_there =
        |seen: &AddressSeen, address| seen.index == found.index && seen.address == address;
    let wanted = interface.addresses.iter().copied();
    let missing = wanted.filter(move |address| !there.iter().any(|seen| is_there(seen, *address)));
    missing.map(|address| Act {
        what: format!("give {} the address {}", interface.name, address.0),
        change: Change::make(address::make(found.index, address)),
        fine: &[Errno::EXIST],
    })
}

/// An address that we once set and that is no longer wanted.
fn has_stale(interface: &InterfaceSpec, found: &Device, there: &[AddressSeen]) -> bool {
    let ours = there
        .iter()
        .filter(|seen| seen.index == found.index && seen.ours);
    ours.into_iter()
        .any(|seen| !interface.addresses.contains(&seen.address))
}

/// From here on the interface is the node's own business.
fn settle(device: &Device) -> Option<Act> {
    (device.group == FRESH_GROUP).then(|| Act {
        what: format!("settle interface {}", device.name),
        change: Change::set(device::set_group(device.index, 0)),
        fine: &[],
    })
}
