//! What the host reaches without a lab: its routes and own addresses, which no lab network may cover.

use ipnet::IpNet;

use super::Host;
use crate::error::{Outcome, Result};
use crate::wire::route::{self, ReachSeen};

/// A part of the world that the host has a way to, and by which device.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reached {
    pub net: IpNet,
    pub device: String,
}

/// Of every routing table; the way to everything else is none of them.
pub(crate) fn observe(host: &mut Host) -> Result<Vec<Reached>> {
    let routes = host.socket.dump(&route::get_all(), ReachSeen::read);
    let routes = routes.on("look at the host's routes")?;
    let mirror = host.mirror()?;
    let name = |index: Option<u32>| match index {
        Some(index) => mirror
            .device_at(index)
            .map_or_else(|| format!("device {index}"), |device| device.name.clone()),
        None => "no device".into(),
    };
    let named = |seen: ReachSeen| Reached {
        net: seen.to,
        device: name(seen.device),
    };
    let mut reached: Vec<Reached> = routes.into_iter().map(named).collect();
    reached.sort();
    reached.dedup();
    Ok(reached)
}
