//! The walk that trusts no event: what is known is still there, under its name and in its bridge.
//!
//! A dump of thousands of devices takes tens of milliseconds of a processor, of which most is spent on
//! what nobody asked for. So each device is asked for its name alone, each known bridge for what is in
//! it, and only what is another is looked at. A new device that is in no bridge, and settings that changed
//! without an event, are seen by the whole look of once a minute.

use std::collections::BTreeSet;

use rustix::io::Errno;

use super::super::look_at;
use super::Mirror;
use crate::error::{Outcome, Result};
use crate::socket::Socket;
use crate::wire::device::{self, Device};

impl Mirror {
    /// Asks nothing about filters of ports that are what they were.
    pub(crate) fn walk(&mut self, socket: &mut Socket) -> Result<()> {
        self.drain()?;
        if self.whole_since.is_none() {
            return self.refresh(socket);
        }
        let mut others: BTreeSet<u32> = self
            .known()
            .filter(|device| !socket.has_name(device.index, &device.name))
            .map(|device| device.index)
            .collect();
        let known = self.in_known_bridges();
        let found = self.find_bridged(socket)?;
        // In another bridge than it was, in none any more, or new there.
        others.extend(found.symmetric_difference(&known).map(|(index, _)| index));
        for index in others {
            match look_at(socket, index)? {
                Some(device) => self.take(device),
                None => self.forget(index),
            }
        }
        Ok(())
    }

    /// Index and bridge of what was last seen in one of the bridges that are known.
    fn in_known_bridges(&self) -> BTreeSet<(u32, u32)> {
        let bridges = self.known().filter(|device| device.bridge.is_some());
        let bridges: BTreeSet<u32> = bridges.map(|bridge| bridge.index).collect();
        let masters = self
            .known()
            .filter_map(|device| Some((device.index, device.master?)));
        masters
            .filter(|(_, master)| bridges.contains(master))
            .collect()
    }

    /// The same as the kernel has it now.
    fn find_bridged(&self, socket: &mut Socket) -> Result<BTreeSet<(u32, u32)>> {
        let bridges = self.known().filter(|device| device.bridge.is_some());
        let mut found = Vec::new();
        for bridge in bridges {
            match socket.in_bridge(&bridge.name) {
                Ok(ports) => found.extend(ports.into_iter().map(|port| (port, bridge.index))),
                // Gone or renamed: it is looked at anyway, and so is all that was in it.
                Err(error) if error.raw_os_error() == Some(Errno::NODEV.raw_os_error()) => {}
                // A kernel without this question.
                Err(_) => return dump(socket),
            }
        }
        Ok(found.into_iter().collect())
    }

    fn known(&self) -> impl Iterator<Item = &Device> {
        let ours = self.devices.values().map(|seen| &seen.device);
        ours.chain(self.others.values())
    }
}

/// The same for every bridge, by the long way.
fn dump(socket: &mut Socket) -> Result<BTreeSet<(u32, u32)>> {
    let dumped = socket.dump(&device::get_bridged(), device::read_bridged);
    Ok(dumped.on("walk what is in bridges")?.into_iter().collect())
}
