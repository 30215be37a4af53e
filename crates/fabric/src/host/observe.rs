//! What is there, in the planner's words, as the mirror shows it; and the counters, of which the kernel
//! tells no event.

use std::collections::{BTreeMap, BTreeSet};

use model::id::NetworkId;
use model::names::{DeviceName, LabHash, Names};
use model::seen::{BridgeSeen, PortId, PortSeen, RedirectSeen, Stranger, Was};

use super::Host;
use super::mirror::Seen;
use crate::error::{Outcome, Result};
use crate::wire::device::Device;
use crate::wire::redirect::FilterSeen;
use crate::wire::stats::{self, RawCounters};

/// Every device, of all labs and of none, as it was in one moment.
#[derive(Debug, Clone, Default)]
pub struct HostDevices {
    devices: BTreeMap<u32, Seen>,
    others: BTreeMap<u32, Device>,
}

/// One lab's part of it, in the planner's words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LabDevices {
    pub ports: BTreeMap<PortId, PortSeen>,
    pub bridges: BTreeMap<NetworkId, BridgeSeen>,
    /// Devices with a name of the lab that lack its group: shown, never touched.
    pub foreign: BTreeSet<String>,
    /// Devices in a bridge of the lab that are none of its ports, and what was renamed of the lab's own.
    pub strangers: Vec<Stranger>,
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
    let mirror = host.mirror()?;
    let others = mirror.others();
    Ok(HostDevices {
        devices: mirror
            .all()
            .map(|seen| (seen.device.index, seen.clone()))
            .collect(),
        others: others.map(|other| (other.index, other.clone())).collect(),
    })
}

pub(crate) fn observe_lab(host: &mut Host, names: &Names) -> Result<LabDevices> {
    let mirror = host.mirror()?;
    let world = World {
        all: mirror.all().collect(),
        at: &|index| mirror.at(index),
        other_at: &|index| mirror.other_at(index),
        others: mirror.others().collect(),
    };
    Ok(LabDevices::new(names, &world))
}

/// Of these alone; strangers are not looked for.
pub(crate) fn observe_part(
    host: &mut Host,
    names: &Names,
    ports: &BTreeSet<PortId>,
    networks: &BTreeSet<NetworkId>,
) -> Result<LabDevices> {
    let mirror = host.mirror()?;
    let ports = ports.iter().map(|port| DeviceName::Port(names.hash, *port));
    let bridges = networks.iter();
    let bridges = bridges.map(|network| DeviceName::Bridge(names.hash, *network));
    let world = World {
        all: ports
            .chain(bridges)
            .filter_map(|name| mirror.get(name))
            .collect(),
        at: &|index| mirror.at(index),
        other_at: &|index| mirror.other_at(index),
        others: Vec::new(),
    };
    Ok(LabDevices::new(names, &world))
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
        let world = World {
            all: self.devices.values().collect(),
            at: &|index| self.devices.get(&index),
            other_at: &|index| self.others.get(&index),
            others: self.others.values().collect(),
        };
        LabDevices::new(names, &world)
    }
}

/// What a lab's part is taken from.
struct World<'a> {
    /// Devices with a name of the form of ours.
    all: Vec<&'a Seen>,
    at: &'a dyn Fn(u32) -> Option<&'a Seen>,
    others: Vec<&'a Device>,
    other_at: &'a dyn Fn(u32) -> Option<&'a Device>,
}

impl World<'_> {
    fn name_at(&self, index: u32) -> Option<DeviceName> {
        (self.at)(index)
            .filter(|seen| seen.is_ours)
            .map(|seen| seen.name)
    }

    /// The lab's network whose bridge has this index.
    fn network_at(&self, lab: LabHash, index: u32) -> Option<NetworkId> {
        match self.name_at(index)? {
            DeviceName::Bridge(hash, network) if hash == lab => Some(network),
            DeviceName::Bridge(..) | DeviceName::Port(..) => None,
        }
    }

    /// Whatever device has this index.
    fn any_name_at(&self, index: u32) -> String {
        let own = (self.at)(index).map(|seen| &seen.device);
        let device = own.or_else(|| (self.other_at)(index));
        device.map_or_else(|| format!("device {index}"), |device| device.name.clone())
    }
}

impl LabDevices {
    fn new(names: &Names, world: &World<'_>) -> Self {
        let mut lab = Self::default();
        for seen in &world.all {
            let is_of_lab = seen.name.hash() == names.hash;
            if is_of_lab && !seen.is_ours {
                lab.foreign.insert(seen.name.to_string());
            }
            match seen.name {
                DeviceName::Port(_, port) if is_of_lab && seen.is_ours => {
                    lab.ports.insert(port, port_seen(names.hash, seen, world));
                }
                DeviceName::Bridge(_, network) if is_of_lab && seen.is_ours => {
                    lab.bridges.insert(network, bridge_seen(&seen.device));
                }
                DeviceName::Port(..) | DeviceName::Bridge(..) => {
                    lab.strangers.extend(stranger(names, &seen.device, world));
                }
            }
        }
        let others = world.others.iter();
        lab.strangers
            .extend(others.filter_map(|other| stranger(names, other, world)));
        lab
    }
}

impl LabDevices {
    /// Those that somebody renamed too.
    pub fn own_bridges(&self) -> impl Iterator<Item = NetworkId> {
        let renamed = self
            .strangers
            .iter()
            .filter_map(|stranger| match stranger.was {
                Some(Was::Bridge(network)) => Some(network),
                Some(Was::Port(_)) | None => None,
            });
        self.bridges.keys().copied().chain(renamed)
    }
}

/// A device that is none of the lab's by name; none: it has nothing to do with the lab.
fn stranger(names: &Names, device: &Device, world: &World<'_>) -> Option<Stranger> {
    let master = device
        .master
        .and_then(|index| world.network_at(names.hash, index));
    let was = was(names, device);
    (master.is_some() || was.is_some()).then(|| Stranger {
        name: device.name.clone(),
        master,
        was,
    })
}

/// What it was before somebody renamed it: the group that we gave it stays.
fn was(names: &Names, device: &Device) -> Option<Was> {
    if device.group == names.port_group() {
        return device.mac.map(Was::Port);
    }
    if device.group != names.bridge_group() {
        return None;
    }
    let mut altnames = device.altnames.iter();
    altnames
        .find_map(|altname| names.parse_bridge_altname(altname))
        .map(Was::Bridge)
}

fn port_seen(lab: LabHash, seen: &Seen, world: &World<'_>) -> PortSeen {
    let device = &seen.device;
    let master = device.master.and_then(|index| world.network_at(lab, index));
    let foreign_master = device.master.filter(|_| master.is_none());
    PortSeen {
        ifindex: device.index,
        admin_up: device.admin_up,
        carrier: device.carrier,
        master,
        foreign_master: foreign_master.map(|index| world.any_name_at(index)),
        redirect: redirect_seen(lab, &seen.filters, &|index| world.name_at(index)),
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
