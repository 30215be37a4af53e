//! The walk that trusts no event: what is known is still there, under its name and in its bridge.
//!
//! A dump of thousands of devices takes tens of milliseconds of a processor, of which most is spent on
//! what nobody asked for. So each device is asked for its name alone, the bridges for what is in them,
//! and only what is another is looked at. A new device that is in no bridge, and settings that changed
//! without an event, are seen by the whole look of once a minute.

use std::collections::{BTreeMap, BTreeSet};

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
        let dumped = socket.dump(&device::get_bridged(), device::read_bridged);
        let bridged: BTreeMap<u32, u32> =
            dumped.on("walk what is in bridges")?.into_iter().collect();
        others.extend(self.moved(&bridged));
        for index in others {
            match look_at(socket, index)? {
                Some(device) => self.take(device),
                None => self.forget(index),
            }
        }
        Ok(())
    }

    fn known(&self) -> impl Iterator<Item = &Device> {
        let ours = self.devices.values().map(|seen| &seen.device);
        ours.chain(self.others.values())
    }

    /// In another bridge than it was, in none any more, or new there.
    fn moved(&self, bridged: &BTreeMap<u32, u32>) -> Vec<u32> {
        let left = self.known().filter(|device| {
            let was = device.master.filter(|master| self.is_bridge(*master));
            was.is_some() && bridged.get(&device.index) != was.as_ref()
        });
        let joined = bridged.iter().filter(|(index, master)| {
            let known = self.device_at(**index);
            known.and_then(|device| device.master) != Some(**master)
        });
        let left = left.map(|device| device.index);
        left.chain(joined.map(|(index, _)| *index)).collect()
    }

    fn is_bridge(&self, index: u32) -> bool {
        let device = self.device_at(index);
        device.is_some_and(|device| device.bridge.is_some())
    }
}
