//! Bridges: one for every network that has one.

use model::id::NetworkId;
use model::names::{DeviceName, Names};
use rustix::io::Errno;

use super::{Host, uplink};
use crate::error::{Outcome, Result};
use crate::socket::Change;
use crate::wire::device::{self, BRIDGE_MTU, BridgeOptions};

/// One outcome for each. Those that are not there are made together, and what is not as it shall be
/// is set right together.
pub(crate) fn ensure(
    host: &mut Host,
    names: &Names,
    networks: &[NetworkId],
) -> Result<Vec<Result<()>>> {
    let made = make_missing(host, names, networks)?;
    let mut outcomes: Vec<Result<()>> = networks.iter().map(|_| Ok(())).collect();
    let mut settings = Vec::new();
    for (number, (network, made)) in networks.iter().zip(made).enumerate() {
        match made.and_then(|is_new| wrong(host, names, *network, is_new)) {
            Ok(wrong) => settings.extend(wrong.into_iter().map(|setting| (number, setting))),
            Err(error) => outcomes[number] = Err(error),
        }
    }
    let (acts, changes): (Vec<_>, Vec<_>) = settings
        .into_iter()
        .map(|(number, Setting { act, change })| ((number, act), change))
        .unzip();
    let answers = host.socket.change_all(changes).on("set bridges right")?;
    for ((number, act), answer) in acts.into_iter().zip(answers) {
        if let Err(failure) = answer {
            outcomes[number] = Err(failure.on(act));
        }
    }
    Ok(outcomes)
}

/// For each whether it is new.
fn make_missing(
    host: &mut Host,
    names: &Names,
    networks: &[NetworkId],
) -> Result<Vec<Result<bool>>> {
    let mirror = host.mirror()?;
    let name = |network: &NetworkId| DeviceName::Bridge(names.hash, *network);
    let missing: Vec<bool> = networks
        .iter()
        .map(|network| mirror.get(name(network)).is_none())
        .collect();
    let making = networks
        .iter()
        .zip(&missing)
        .filter(|(_, missing)| **missing);
    let making = making.map(|(network, _)| {
        let name = name(network);
        Change::make(device::make_bridge(&name.to_string(), name.group()))
    });
    let making: Vec<Change> = making.collect();
    let answers = host.socket.change_all(making).on("make bridges")?;
    host.mirror.drain()?;
    let mut answers = answers.into_iter();
    let outcome = |(network, missing): (&NetworkId, bool)| {
        let answer = missing.then(|| answers.next()).flatten();
        match answer {
            None => Ok(false),
            Some(Err(failure)) if failure.is(Errno::EXIST) => Ok(false),
            Some(answer) => answer
                .on(format_args!("make bridge {}", name(network)))
                .map(|()| true),
        }
    };
    Ok(networks.iter().zip(missing).map(outcome).collect())
}

/// One thing to set right.
struct Setting {
    act: String,
    change: Change,
}

/// What is not as it shall be; being up is last, so that what breaks off before is seen.
fn wrong(host: &mut Host, names: &Names, network: NetworkId, is_new: bool) -> Result<Vec<Setting>> {
    let bridge = host.find_ours(DeviceName::Bridge(names.hash, network))?;
    if is_new {
        host.ipv6.turn_off_new(&bridge.name)?;
    } else {
        host.ipv6.turn_off(&bridge.name)?;
    }
    let (index, name) = (bridge.index, &bridge.name);
    let altname = names.bridge_altname(network);
    let mut settings = Vec::new();
    let mut push = |act: String, change| settings.push(Setting { act, change });
    if bridge.bridge != Some(BridgeOptions::default()) {
        let setting = Change::set(device::set_bridge_options(index));
        push(format!("set the options of bridge {name}"), setting);
    }
    if bridge.mtu != BRIDGE_MTU {
        let setting = Change::set(device::set_mtu(index, BRIDGE_MTU));
        push(format!("set the MTU of bridge {name}"), setting);
    }
    if !bridge.altnames.contains(&altname) {
        let adding = Change::make(device::add_altname(index, &altname));
        push(format!("name bridge {name} {altname}"), adding);
    }
    if !bridge.admin_up {
        let raising = Change::set(device::set_admin(index, true));
        push(format!("raise bridge {name}"), raising);
    }
    Ok(settings)
}

/// Deletes those that are there and ours, one after the other; few at a time, see `Fabric`.
pub(crate) fn remove(host: &mut Host, names: &Names, networks: &[NetworkId]) -> Result<()> {
    let mut first_error = None;
    for network in networks {
        let released = uplink::ensure(host, names, *network, None);
        let removed = remove_one(host, DeviceName::Bridge(names.hash, *network));
        if let Err(error) = released.and(removed) {
            tracing::warn!(%network, %error, "a bridge stays");
            first_error.get_or_insert(error);
        }
    }
    first_error.map_or(Ok(()), Err)
}

fn remove_one(host: &mut Host, name: DeviceName) -> Result<()> {
    match host.find(name)? {
        Some(bridge) => host.delete(&bridge),
        None => Ok(()),
    }
}
