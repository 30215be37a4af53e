//! What is there, in the planner's words, as the mirror shows it; and the counters, of which the kernel
//! tells no event.

use std::collections::{BTreeMap, BTreeSet};

use model::id::NetworkId;
use model::names::{DeviceName, LabHash, Names};
use model::seen::{BridgeSeen, PortId, PortSeen, RedirectSeen};

use super::Host;
use super::mirror::Seen;
use crate::error::{Outcome, Result};
use crate::wire::device::Device;
use crate::wire::redirect::FilterSeen;
use crate::wire::stats::{self, RawCounters};

/// Every device whose name is one of ours, of all labs, as it was in one moment.
#[derive(Debug, Clone, Default)]
pub struct HostDevices {
    devices: BTreeMap<u32, Seen>,
}

/// One lab's part of it, in the planner's words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabDevices {
    pub ports: BTreeMap<PortId, PortSeen>,
    pub bridges: BTreeMap<NetworkId, BridgeSeen>,
    /// Devices with a name of the lab that lack its group: shown, never touched.
    pub foreign: BTreeSet<String>,
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

/// All of them.
pub(crate) fn observe(host: &mut Host) -> Result<HostDevices> {
    let all = host.mirror()?.all();
    Ok(HostDevices {
        devices: all.map(|seen| (seen.device.index, seen.clone())).collect(),
    })
}

pub(crate) fn observe_lab(host: &mut Host, names: &Names) -> Result<LabDevices> {
    let mirror = host.mirror()?;
    Ok(LabDevices::new(names, mirror.of_lab(names.hash), |index| {
        mirror.at(index)
    }))
}

/// What went through the ports of every lab, read from the kernel's own counters.
pub(crate) fn count(host: &mut Host) -> Result<BTreeMap<(LabHash, PortId), Counters>> {
    let counted = host.socket.dump(&stats::get_all(), stats::read);
    let counted = counted.on("count what went through the host's devices")?;
    let mirror = host.mirror()?;
    let of_port = |(index, raw): (u32, RawCounters)| {
        let seen = mirror.at(index).filter(|seen| seen.is_ours)?;
        match seen.name {
            DeviceName::Port(lab, port) => Some(((lab, port), raw.into())),
            DeviceName::Bridge(..) => None,
        }
    };
    Ok(counted.into_iter().filter_map(of_port).collect())
}

impl HostDevices {
    /// Labs that have devices of ours here, by the hash in their names.
    pub fn labs(&self) -> BTreeSet<LabHash> {
        let ours = self.devices.values().filter(|seen| seen.is_ours);
        ours.map(|seen| seen.name.hash()).collect()
    }

    pub fn lab(&self, names: &Names) -> LabDevices {
        let of_lab = self.devices.values();
        let of_lab = of_lab.filter(|seen| seen.name.hash() == names.hash);
        LabDevices::new(names, of_lab, |index| self.devices.get(&index))
    }
}

impl LabDevices {
    fn new<'a>(
        names: &Names,
        of_lab: impl Iterator<Item = &'a Seen>,
        at: impl Fn(u32) -> Option<&'a Seen>,
    ) -> Self {
        let mut lab = Self::default();
        let name_at = |index| at(index).filter(|seen| seen.is_ours).map(|seen| seen.name);
        for seen in of_lab {
            if !seen.is_ours {
                lab.foreign.insert(seen.name.to_string());
                continue;
            }
            match seen.name {
                DeviceName::Port(_, port) => {
                    lab.ports
                        .insert(port, port_seen(names.hash, seen, &name_at));
                }
                DeviceName::Bridge(_, network) => {
                    lab.bridges.insert(network, bridge_seen(&seen.device));
                }
            }
        }
        lab
    }
}

fn port_seen(lab: LabHash, seen: &Seen, name_at: &impl Fn(u32) -> Option<DeviceName>) -> PortSeen {
    let bridge_at = |index| match name_at(index)? {
        DeviceName::Bridge(hash, network) if hash == lab => Some(network),
        DeviceName::Bridge(..) | DeviceName::Port(..) => None,
    };
    PortSeen {
        ifindex: seen.device.index,
        admin_up: seen.device.admin_up,
        carrier: seen.device.carrier,
        master: seen.device.master.and_then(bridge_at),
        redirect: redirect_seen(lab, &seen.filters, name_at),
    }
}

fn redirect_seen(
    lab: LabHash,
    filters: &[FilterSeen],
    name_at: &impl Fn(u32) -> Option<DeviceName>,
) -> Option<RedirectSeen> {
    let target = match filters {
        [] => return None,
        [FilterSeen::Redirect(index)] => name_at(*index),
        [FilterSeen::Other] | [_, _, ..] => None,
    };
    match target {
        Some(DeviceName::Port(hash, port)) if hash == lab => Some(RedirectSeen::To(port)),
        Some(DeviceName::Port(..) | DeviceName::Bridge(..)) | None => Some(RedirectSeen::Stale),
    }
}

fn bridge_seen(device: &Device) -> BridgeSeen {
    BridgeSeen {
        ifindex: device.index,
        admin_up: device.admin_up,
    }
}
