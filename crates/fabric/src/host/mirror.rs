//! What is there, kept up to date by the kernel's own events: nobody asks for all devices, or for
//! 2000 ports' filters, because one of them changed.
//!
//! ```text
//! (nothing) ─dump─▶ whole ─event─▶ whole · a port's filters unknown ─look at that port─▶ whole
//!     ▲               │
//!     └ events lost, a dump that was disturbed, a minute passed
//! ```
//! The kernel queues an event before it answers whoever caused it, so that a mirror that has taken in
//! everything queued is as fresh as a dump would be; of carrier it tells a moment later, and of what
//! changes at a device that is down not at all (`netdev_state_change` in the kernel's
//! `net/core/dev.c`): such a device is asked for when it matters. The mirror starts empty and with a
//! full look: what an earlier agent knew is never trusted.

mod events;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use model::names::{DeviceName, LabHash};

use super::{is_ours, redirect};
use crate::error::{Outcome, Result};
use crate::socket::Socket;
use crate::wire::device::{self, Device};
use crate::wire::redirect::FilterSeen;
use events::Events;

/// Should an event ever be missing, nobody is misled for longer.
const SAFETY_NET: Duration = Duration::from_mins(1);

pub(crate) struct Mirror {
    events: Events,
    /// By index, those with a name of the form of ours.
    devices: BTreeMap<u32, Seen>,
    indexes: BTreeMap<DeviceName, u32>,
    /// By index, those with another name.
    others: BTreeMap<u32, Device>,
    /// Ports whose redirect leads to the device of this index.
    leading_to: BTreeMap<u32, BTreeSet<u32>>,
    /// Ports whose filters somebody else changed, or that were never looked at.
    unknown: BTreeSet<u32>,
    /// When everything was looked at; none: it is to be.
    whole_since: Option<Instant>,
}

/// A device, and at a port the filters at our place of its ingress.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub name: DeviceName,
    pub device: Device,
    pub filters: Vec<FilterSeen>,
    pub is_ours: bool,
}

impl Mirror {
    /// Hears from now on; `own` is the number of the socket that changes are made by.
    pub(crate) fn open(own: u32) -> Result<Self> {
        Ok(Self {
            events: Events::open(own)?,
            devices: BTreeMap::new(),
            indexes: BTreeMap::new(),
            others: BTreeMap::new(),
            leading_to: BTreeMap::new(),
            unknown: BTreeSet::new(),
            whole_since: None,
        })
    }

    pub(crate) fn get(&self, name: DeviceName) -> Option<&Seen> {
        self.devices.get(self.indexes.get(&name)?)
    }

    pub(crate) fn at(&self, index: u32) -> Option<&Seen> {
        self.devices.get(&index)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Seen> {
        self.indexes
            .values()
            .filter_map(|index| self.devices.get(index))
    }

    pub(crate) fn of_lab(&self, lab: LabHash) -> impl Iterator<Item = &Seen> {
        self.all().filter(move |seen| seen.name.hash() == lab)
    }

    /// The device of this index, whatever its name.
    pub(crate) fn device_at(&self, index: u32) -> Option<&Device> {
        let named = self.at(index).map(|seen| &seen.device);
        named.or_else(|| self.other_at(index))
    }

    /// The device of this index that has no name of the form of ours.
    pub(crate) fn other_at(&self, index: u32) -> Option<&Device> {
        self.others.get(&index)
    }

    pub(crate) fn others(&self) -> impl Iterator<Item = &Device> {
        self.others.values()
    }

    /// One of this group that has no name of the form of ours.
    pub(crate) fn renamed(&self, group: u32, is_it: impl Fn(&Device) -> bool) -> Option<&Device> {
        self.others()
            .find(|other| other.group == group && is_it(other))
    }

    /// For tests: set, nothing is heard any more.
    pub(crate) fn deaf(&self) -> &Arc<AtomicBool> {
        self.events.deaf()
    }

    /// Takes in what happened since. Cheap when nothing did.
    pub(crate) fn refresh(&mut self, socket: &mut Socket) -> Result<()> {
        self.drain()?;
        let stale = |since: Instant| since.elapsed() > SAFETY_NET;
        if self.whole_since.is_none_or(stale) {
            self.look(socket)?;
            self.drain()?;
        }
        while let Some(&index) = self.unknown.first() {
            let Some(seen) = self.devices.get(&index) else {
                self.unknown.remove(&index);
                continue;
            };
            let filters = match seen.name {
                DeviceName::Port(..) if seen.is_ours => redirect::look(socket, &seen.device)?,
                DeviceName::Port(..) | DeviceName::Bridge(..) => Vec::new(),
            };
            self.set_filters(index, filters);
        }
        Ok(())
    }

    /// Empties the events' queue, so that it does not overflow while nobody asks.
    pub(crate) fn drain(&mut self) -> Result<()> {
        let mut lost = false;
        // What was heard before an error is lost with it.
        let told = self
            .events
            .drain()
            .inspect_err(|_| self.whole_since = None)?;
        for told in told {
            match told {
                events::Told::Device(device) => self.take(*device),
                events::Told::Gone(index) => self.forget(index),
                events::Told::Filters(index) => {
                    if self.devices.contains_key(&index) {
                        self.unknown.insert(index);
                    }
                }
                events::Told::Lost => lost = true,
            }
        }
        if lost {
            self.whole_since = None;
        }
        Ok(())
    }

    /// Everything anew.
    fn look(&mut self, socket: &mut Socket) -> Result<()> {
        let dumped = socket.dump_or_part(&device::get_all(), Device::read);
        let (devices, whole) = dumped.on("look at the host's devices")?;
        self.devices.clear();
        self.indexes.clear();
        self.others.clear();
        self.leading_to.clear();
        self.unknown.clear();
        for device in devices {
            self.take(device);
        }
        self.whole_since = whole.then(Instant::now);
        Ok(())
    }

    fn take(&mut self, device: Device) {
        let index = device.index;
        let Some(name) = DeviceName::parse(&device.name) else {
            self.unname(index);
            self.others.insert(index, device);
            return;
        };
        self.others.remove(&index);
        if self.at(index).is_some_and(|seen| seen.name != name) {
            self.unname(index);
        }
        let is_ours = is_ours(&device, name);
        self.indexes.insert(name, index);
        if let Some(seen) = self.devices.get_mut(&index) {
            if seen.is_ours != is_ours {
                self.unknown.insert(index);
            }
            (seen.device, seen.is_ours) = (device, is_ours);
            return;
        }
        self.unknown.insert(index);
        let filters = Vec::new();
        self.devices.insert(
            index,
            Seen {
                name,
                device,
                filters,
                is_ours,
            },
        );
    }

    /// The device is gone, and so is the way of every redirect that led to it.
    fn forget(&mut self, index: u32) {
        self.unname(index);
        for from in self.leading_to.remove(&index).unwrap_or_default() {
            if let Some(seen) = self.devices.get_mut(&from) {
                seen.filters = vec![FilterSeen::Redirect(0)];
            }
        }
    }

    /// The device may be there still, by a name that is none of ours.
    fn unname(&mut self, index: u32) {
        self.others.remove(&index);
        self.unknown.remove(&index);
        if let Some(seen) = self.devices.get(&index) {
            // Another device may have its name already.
            if self.indexes.get(&seen.name) == Some(&index) {
                self.indexes.remove(&seen.name);
            }
            self.set_filters(index, Vec::new());
            self.devices.remove(&index);
        }
    }

    /// A change of ours came to no known end: everything is looked at anew.
    pub(crate) fn distrust(&mut self) {
        self.whole_since = None;
    }

    /// The same of one port's filters.
    pub(crate) fn look_again_at(&mut self, index: u32) {
        self.unknown.insert(index);
    }

    /// What we know of a port's filters, because we looked or because we made them.
    pub(crate) fn set_filters(&mut self, index: u32, filters: Vec<FilterSeen>) {
        let Some(seen) = self.devices.get_mut(&index) else {
            return;
        };
        for filter in &seen.filters {
            if let FilterSeen::Redirect(to) = filter
                && let Some(sources) = self.leading_to.get_mut(to)
            {
                sources.remove(&index);
            }
        }
        for filter in &filters {
            if let FilterSeen::Redirect(to) = filter {
                self.leading_to.entry(*to).or_default().insert(index);
            }
        }
        seen.filters = filters;
        self.unknown.remove(&index);
    }
}
