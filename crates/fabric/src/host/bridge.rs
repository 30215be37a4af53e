//! Bridges: one for every network that has one.

use model::id::NetworkId;
use model::names::{DeviceName, Names};
use rustix::io::Errno;

use super::{Host, uplink};
use crate::error::{Outcome, Result};
use crate::socket::Change;
use crate::wire::device::{self, BRIDGE_MTU, BridgeOptions, Device};

/// One outcome for each. Those that are not there are made together, and what is not as it shall be
/// is set right together.
pub(crate) fn ensure(
    host: &mut Host,
    names: &Names,
    networks: &[NetworkId],
) -> Result<Vec<Result<()>>> {
    host.mirror()?;
    let given_back = networks
        .iter()
        .map(|network| give_name_back(host, names, *network));
    let given_back: Vec<Result<()>> = given_back.collect();
    let made = make_missing(host, names, networks, &given_back)?;
    let outcomes = given_back.into_iter().zip(made);
    let outcomes = outcomes.map(|(given_back, made)| given_back.and(made));
    set_right(host, names, networks, outcomes.collect())
}

/// As [`ensure`], of bridges that are there.
pub(crate) fn mend(
    host: &mut Host,
    names: &Names,
    networks: &[NetworkId],
) -> Result<Vec<Result<()>>> {
    host.mirror()?;
    let there = networks.iter().map(|_| Ok(false)).collect();
    set_right(host, names, networks, there)
}

/// `made`: of each whether it is new, or why it could not be made.
fn set_right(
    host: &mut Host,
    names: &Names,
    networks: &[NetworkId],
    made: Vec<Result<bool>>,
) -> Result<Vec<Result<()>>> {
    let mut outcomes: Vec<Result<()>> = networks.iter().map(|_| Ok(())).collect();
    let (mut settings, mut down) = (Vec::new(), Vec::new());
    for (number, (network, made)) in networks.iter().zip(made).enumerate() {
        match made.and_then(|is_new| find(host, names, *network, is_new)) {
            Ok(bridge) => {
                let wrong = wrong(&bridge, &names.bridge_altname(*network));
                settings.extend(wrong.into_iter().map(|setting| (number, setting)));
                if !bridge.admin_up {
                    down.push((number, bridge));
                }
            }
            Err(error) => outcomes[number] = Err(error),
        }
    }
    set(host, settings, &mut outcomes)?;
    // A bridge that is up counts as right, so only what went well is raised.
    down.retain(|(number, _)| outcomes[*number].is_ok());
    let raising = down.into_iter().map(|(number, bridge)| {
        let act = format!("raise bridge {}", bridge.name);
        let change = Change::set(device::set_admin(bridge.index, true));
        (number, Setting { act, change })
    });
    let raising = raising.collect();
    set(host, raising, &mut outcomes)?;
    Ok(outcomes)
}

/// Sets these right together; a refusal becomes the outcome of its number.
fn set(
    host: &mut Host,
    settings: Vec<(usize, Setting)>,
    outcomes: &mut [Result<()>],
) -> Result<()> {
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
    Ok(())
}

/// For each whether it is new. None is made for one that did not take its name back: it has the second
/// name that a new one would need.
fn make_missing(
    host: &mut Host,
    names: &Names,
    networks: &[NetworkId],
    given_back: &[Result<()>],
) -> Result<Vec<Result<bool>>> {
    let mirror = host.mirror()?;
    let name = |network: &NetworkId| DeviceName::Bridge(names.hash, *network);
    let missing: Vec<bool> = networks
        .iter()
        .zip(given_back)
        .map(|(network, given_back)| given_back.is_ok() && mirror.get(name(network)).is_none())
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

/// A bridge of ours that somebody renamed: its group and second name tell that it is the network's.
fn renamed(host: &Host, names: &Names, network: NetworkId) -> Option<Device> {
    if host
        .mirror
        .get(DeviceName::Bridge(names.hash, network))
        .is_some()
    {
        return None;
    }
    let altname = names.bridge_altname(network);
    let is_it = |device: &Device| device.altnames.contains(&altname);
    host.mirror.renamed(names.bridge_group(), is_it).cloned()
}

fn give_name_back(host: &mut Host, names: &Names, network: NetworkId) -> Result<()> {
    let Some(device) = renamed(host, names, network) else {
        return Ok(());
    };
    host.rename(&device, &names.bridge(network))
}

/// One thing to set right.
struct Setting {
    act: String,
    change: Change,
}

/// The network's bridge, without IPv6.
fn find(host: &mut Host, names: &Names, network: NetworkId, is_new: bool) -> Result<Device> {
    let bridge = host.find_ours(DeviceName::Bridge(names.hash, network))?;
    if is_new {
        host.ipv6.turn_off_new(&bridge.name)?;
    } else {
        host.ipv6.turn_off(&bridge.name)?;
    }
    Ok(bridge)
}

/// What is not as it shall be, but for being up.
fn wrong(bridge: &Device, altname: &str) -> Vec<Setting> {
    let (index, name) = (bridge.index, &bridge.name);
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
    if !bridge.altnames.iter().any(|its| its == altname) {
        let adding = Change::make(device::add_altname(index, altname));
        push(format!("name bridge {name} {altname}"), adding);
    }
    settings
}

/// Deletes those that are there and ours, one after the other; few at a time, see `Fabric`.
pub(crate) fn remove(host: &mut Host, names: &Names, networks: &[NetworkId]) -> Result<()> {
    let mut first_error = None;
    for network in networks {
        let released = uplink::ensure(host, names, *network, None);
        let removed = remove_one(host, names, *network);
        if let Err(error) = released.and(removed) {
            tracing::warn!(%network, %error, "a bridge stays");
            first_error.get_or_insert(error);
        }
    }
    first_error.map_or(Ok(()), Err)
}

fn remove_one(host: &mut Host, names: &Names, network: NetworkId) -> Result<()> {
    let found = host.find(DeviceName::Bridge(names.hash, network))?;
    match found.or_else(|| renamed(host, names, network)) {
        Some(bridge) => host.delete(&bridge),
        None => Ok(()),
    }
}
