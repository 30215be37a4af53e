//! The host's side: what fabric's thread does with its one socket, by what its mirror shows.

pub mod bridge;
mod closing;
pub mod gate;
pub mod gateway;
mod ipv6;
mod mirror;
pub mod observe;
mod passage;
pub mod port;
pub mod reach;
pub mod redirect;
pub mod uplink;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use model::names::{DeviceName, LabHash};
use rustix::io::Errno;

use crate::error::{Error, Outcome, Result, tolerate};
use crate::socket::Socket;
use crate::wire::device::{self, Device};
use closing::Closing;
use ipv6::Ipv6;
use mirror::Mirror;

/// Devices and the lab that each concerns.
type ByIndex = BTreeMap<u32, LabHash>;

/// Owned by fabric's thread, in the network namespace it stands in.
pub(crate) struct Host {
    pub(crate) socket: Socket,
    pub(crate) closing: Closing,
    ipv6: Ipv6,
    mirror: Mirror,
}

impl Host {
    pub(crate) fn open() -> Result<Self> {
        let socket = Socket::open()?;
        let own = socket.port().map_err(Error::Open)?;
        Ok(Self {
            socket,
            closing: Closing::default(),
            ipv6: Ipv6::off_by_default_where_it_is_ours(),
            mirror: Mirror::open(own)?,
        })
    }

    /// After every job: what it caused does not pile up in the events' queue.
    pub(crate) fn settle(&mut self) {
        if let Err(error) = self.mirror.drain() {
            tracing::warn!(%error, "the kernel's events cannot be heard");
        }
    }

    /// What is there, by a look at every device.
    pub(crate) fn walk(&mut self) -> Result<()> {
        self.mirror.walk(&mut self.socket)
    }

    /// For tests of that walk: set, no event is heard any more.
    pub(crate) fn deaf(&self) -> &Arc<AtomicBool> {
        self.mirror.deaf()
    }

    /// Bridges of ours by index, and what else is in them, each with the lab.
    pub(crate) fn bridges_and_strangers(&mut self) -> Result<(ByIndex, ByIndex)> {
        let mirror = self.mirror()?;
        let bridges = mirror.all().filter_map(|seen| match seen.name {
            DeviceName::Bridge(lab, _) if seen.is_ours => Some((seen.device.index, lab)),
            DeviceName::Bridge(..) | DeviceName::Port(..) => None,
        });
        let bridges: ByIndex = bridges.collect();
        let member = |device: &Device, own: Option<LabHash>| {
            let lab = *bridges.get(&device.master?)?;
            (own != Some(lab)).then_some((device.index, lab))
        };
        let ours = mirror.all().filter_map(|seen| {
            let own = seen.is_ours.then(|| seen.name.hash());
            member(&seen.device, own)
        });
        let others = mirror.others().filter_map(|other| member(other, None));
        let strangers = ours.chain(others).collect();
        Ok((bridges, strangers))
    }

    /// What is there now.
    fn mirror(&mut self) -> Result<&mut Mirror> {
        self.mirror.refresh(&mut self.socket)?;
        Ok(&mut self.mirror)
    }

    /// The device of this name; an error when there is one that is not ours.
    fn find(&mut self, name: DeviceName) -> Result<Option<Device>> {
        let foreign = || Error::Foreign {
            name: name.to_string(),
        };
        if let Some(seen) = self.mirror()?.get(name) {
            let (device, is_seen_ours) = (seen.device.clone(), seen.is_ours);
            // One that is down changes without an event.
            let device = if device.admin_up {
                Some(device)
            } else {
                look_at(&mut self.socket, device.index)?
            };
            return match device {
                Some(device) if is_seen_ours && is_ours(&device, name) => Ok(Some(device)),
                Some(_) => Err(foreign()),
                None => Ok(None),
            };
        }
        // A second name of a foreign device is in the way as well, and no mirror of names shows it.
        match self.find_any(&name.to_string())? {
            Some(device) if !is_ours(&device, name) => Err(foreign()),
            found => Ok(found),
        }
    }

    fn find_ours(&mut self, name: DeviceName) -> Result<Device> {
        self.find(name)?.ok_or_else(|| Error::Missing {
            name: name.to_string(),
        })
    }

    fn find_any(&mut self, name: &str) -> Result<Option<Device>> {
        match self.socket.get(device::get_by_name(name), Device::read) {
            Err(failure) if failure.is(Errno::NODEV) => Ok(None),
            answer => answer.on(format_args!("look for {name}")),
        }
    }

    /// Gives a device of ours that somebody renamed its name back.
    fn rename(&mut self, device: &Device, name: &str) -> Result<()> {
        let outcome = self.socket.change(device::set_name(device.index, name), 0);
        outcome.on(format_args!("give {} its name {name} back", device.name))?;
        self.mirror.drain()
    }

    /// That it is gone already is fine.
    fn delete(&mut self, device: &Device) -> Result<()> {
        let outcome = self.socket.change(device::delete(device.index), 0);
        tolerate(outcome, &[Errno::NODEV]).on(format_args!("delete {}", device.name))
    }
}

fn look_at(socket: &mut Socket, index: u32) -> Result<Option<Device>> {
    match socket.get(device::get_by_index(index), Device::read) {
        Err(failure) if failure.is(Errno::NODEV) => Ok(None),
        answer => answer.on(format_args!("look at device {index}")),
    }
}

/// The name is ours and so is the group. (A look-up by name also answers to foreign altnames.)
fn is_ours(device: &Device, name: DeviceName) -> bool {
    device.group == name.group() && device.name == name.to_string()
}
