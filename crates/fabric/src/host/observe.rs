//! What is there: one dump of the devices, and for each port of ours one look at its filters (the
//! kernel has no dump of filters of more than one device).

use std::collections::{BTreeMap, BTreeSet};

use model::id::NetworkId;
use model::names::{DeviceName, LabHash, Names};
use model::seen::{BridgeSeen, PortId, PortSeen, RedirectSeen};

use super::{Host, is_ours, redirect};
use crate::error::{Outcome, Result};
use crate::wire::device::{self, Device, RawCounters};
use crate::wire::redirect::FilterSeen;

/// Every device whose name is one of ours, of all labs, as it was in one moment.
#[derive(Debug, Clone, Default)]
pub struct HostDevices {
    devices: BTreeMap<DeviceName, Seen>,
    names_by_index: BTreeMap<u32, DeviceName>,
}

#[derive(Debug, Clone)]
struct Seen {
    device: Device,
    filters: Vec<FilterSeen>,
    is_ours: bool,
}

/// One lab's part of it, in the planner's words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabDevices {
    pub ports: BTreeMap<PortId, PortSeen>,
    pub bridges: BTreeMap<NetworkId, BridgeSeen>,
    /// Devices with a name of the lab that lack its group: shown, never touched.
    pub foreign: BTreeSet<String>,
    pub counters: BTreeMap<PortId, Counters>,
}

/// What went through a port since it was made, as its node sees it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub rx_bytes: u64,
    pub tx_bytes: u64,
    pub rx_packets: u64,
    pub tx_packets: u64,
}

impl From<RawCounters> for Counters {
    /// What the host end sends, the node receives.
    fn from(host_end: RawCounters) -> Self {
        Self {
            rx_bytes: host_end.tx_bytes,
            tx_bytes: host_end.rx_bytes,
            rx_packets: host_end.tx_packets,
            tx_packets: host_end.rx_packets,
        }
    }
}

/// The devices of the labs that `wanted` takes.
pub(crate) fn observe(host: &mut Host, wanted: impl Fn(LabHash) -> bool) -> Result<HostDevices> {
    let read = |payload: &[u8]| {
        let device = Device::read(payload)?;
        let name = DeviceName::parse(&device.name).filter(|name| wanted(name.hash()))?;
        Some((name, device))
    };
    let dumped = host.socket.dump(&device::get_all(), read);
    let mut found = HostDevices::default();
    for (name, device) in dumped.on("look at the host's devices")? {
        let is_ours = is_ours(&device, name);
        let filters = match name {
            DeviceName::Port(..) if is_ours => redirect::observe(host, &device)?,
            DeviceName::Port(..) | DeviceName::Bridge(..) => Vec::new(),
        };
        found.insert(
            name,
            Seen {
                device,
                filters,
                is_ours,
            },
        );
    }
    Ok(found)
}

impl HostDevices {
    fn insert(&mut self, name: DeviceName, seen: Seen) {
        if seen.is_ours {
            self.names_by_index.insert(seen.device.index, name);
        }
        self.devices.insert(name, seen);
    }

    /// Labs that have devices of ours here, by the hash in their names.
    pub fn labs(&self) -> BTreeSet<LabHash> {
        self.names_by_index
            .values()
            .map(|name| name.hash())
            .collect()
    }

    pub fn lab(&self, names: &Names) -> LabDevices {
        let mut lab = LabDevices::default();
        let of_lab = self.devices.iter();
        for (name, seen) in of_lab.filter(|(name, _)| name.hash() == names.hash) {
            if !seen.is_ours {
                lab.foreign.insert(name.to_string());
                continue;
            }
            match *name {
                DeviceName::Port(_, port) => {
                    lab.ports.insert(port, self.port_seen(names.hash, seen));
                    lab.counters.insert(port, seen.device.counters.into());
                }
                DeviceName::Bridge(_, network) => {
                    lab.bridges.insert(network, bridge_seen(&seen.device));
                }
            }
        }
        lab
    }

    fn port_seen(&self, lab: LabHash, seen: &Seen) -> PortSeen {
        PortSeen {
            ifindex: seen.device.index,
            admin_up: seen.device.admin_up,
            carrier: seen.device.carrier,
            master: seen
                .device
                .master
                .and_then(|index| self.bridge_at(lab, index)),
            redirect: self.redirect_seen(lab, &seen.filters),
        }
    }

    fn bridge_at(&self, lab: LabHash, index: u32) -> Option<NetworkId> {
        match self.names_by_index.get(&index)? {
            DeviceName::Bridge(hash, network) if *hash == lab => Some(*network),
            DeviceName::Bridge(..) | DeviceName::Port(..) => None,
        }
    }

    fn redirect_seen(&self, lab: LabHash, filters: &[FilterSeen]) -> Option<RedirectSeen> {
        let target = match filters {
            [] => return None,
            [FilterSeen::Redirect(index)] => self.names_by_index.get(index),
            [FilterSeen::Other] | [_, _, ..] => None,
        };
        match target {
            Some(DeviceName::Port(hash, port)) if *hash == lab => Some(RedirectSeen::To(*port)),
            Some(DeviceName::Port(..) | DeviceName::Bridge(..)) | None => Some(RedirectSeen::Stale),
        }
    }
}

fn bridge_seen(device: &Device) -> BridgeSeen {
    BridgeSeen {
        ifindex: device.index,
        admin_up: device.admin_up,
    }
}
