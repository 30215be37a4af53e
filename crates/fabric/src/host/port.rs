//! Ports: a veth pair whose host end has a name of ours and whose other end is a node's interface.
//!
//! ```text
//! (none) ─one message─▶ host end up, in its bridge · node end down ─from inside─▶ both up
//! wrong node or wrong inner name ─delete─▶ (none)
//! ```

use std::os::fd::{AsFd, AsRawFd};

use model::id::NetworkId;
use model::lab::Mac;
use model::names::{DeviceName, Names, host_mac};
use model::seen::PortId;
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::nsid::{NsidAttribute, NsidMessage};
use rustix::io::Errno;

use super::Host;
use crate::error::{Error, Outcome, Result, tolerate};
use crate::node::NodeNet;
use crate::socket::Change;
use crate::wire::device::{self, Device, Indexes, VethPair};
use crate::wire::read::{attributes, u32_at};

/// How a port shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortWanted {
    /// The interface's name inside the node.
    pub name: String,
    /// The interface's hardware address inside the node.
    pub mac: Mac,
    pub mtu: u32,
    /// The bridge that the host end belongs to.
    pub master: Option<NetworkId>,
}

/// One outcome for each. Those that are not there are made together.
pub(crate) fn ensure(
    host: &mut Host,
    names: &Names,
    wanted: &[(PortId, PortWanted, NodeNet)],
) -> Result<Vec<Result<()>>> {
    host.mirror()?;
    let mut outcomes: Vec<Result<()>> = wanted.iter().map(|_| Ok(())).collect();
    let (mut missing, mut there) = (Vec::new(), Vec::new());
    for (number, (id, wanted, node)) in wanted.iter().enumerate() {
        let name = DeviceName::Port(names.hash, *id);
        match bridge_index(host, names, wanted.master) {
            Err(error) => outcomes[number] = Err(error),
            Ok(master) => {
                let port = Port {
                    name,
                    wanted,
                    master,
                    node,
                };
                let is_there = host.mirror.get(name).is_some();
                let list = if is_there { &mut there } else { &mut missing };
                list.push((number, port));
            }
        }
    }
    for (number, made) in make_all(host, missing)? {
        match made {
            Made::Taken(port) => there.push((number, port)),
            Made::Done(outcome) => outcomes[number] = outcome,
        }
    }
    for (number, port) in there {
        outcomes[number] = port.ensure(host);
    }
    Ok(outcomes)
}

enum Made<'a> {
    Done(Result<()>),
    /// A name of the pair is taken.
    Taken(Port<'a>),
}

/// By one batch in our namespace and one in each node's.
fn make_all<'a>(host: &mut Host, ports: Vec<(usize, Port<'a>)>) -> Result<Vec<(usize, Made<'a>)>> {
    if ports.is_empty() {
        return Ok(Vec::new());
    }
    let making = ports
        .iter()
        .map(|(_, port)| Change::make(port.making(Indexes::CHOSEN_BY_KERNEL)));
    let answers = host.socket.change_all(making).on("make ports")?;
    host.mirror.drain()?;
    let (mut told, mut made) = (Vec::new(), Vec::new());
    for ((number, port), answer) in ports.into_iter().zip(answers) {
        match answer {
            Err(failure) if failure.is(Errno::EXIST) => told.push((number, Made::Taken(port))),
            answer => {
                let outcome = answer.on(format_args!("make port {}", port.name));
                match outcome.and_then(|()| port.check_made(host)) {
                    Ok(()) => made.push((number, port)),
                    Err(error) => told.push((number, Made::Done(Err(error)))),
                }
            }
        }
    }
    for of_node in made.chunk_by(|(_, a), (_, b)| a.node.is(b.node)) {
        let Some((_, first)) = of_node.first() else {
            continue;
        };
        let raising = of_node.iter().map(|(_, port)| port.wanted.name.as_str());
        let raised = first.node.raise_new(raising)?;
        let done = of_node.iter().zip(raised);
        told.extend(done.map(|((number, _), raised)| (*number, Made::Done(raised))));
    }
    Ok(told)
}

/// A port as it shall be, in the kernel's words.
struct Port<'a> {
    name: DeviceName,
    wanted: &'a PortWanted,
    master: Option<u32>,
    node: &'a NodeNet,
}

/// How far the node's end's index is put from the host end's when the kernel chose the same for both.
const APART: u32 = 1000;

impl Port<'_> {
    /// One whose name is taken, by itself as a rule.
    fn ensure(&self, host: &mut Host) -> Result<()> {
        let found = match host.find(self.name)? {
            Some(found) => Some(found),
            None => self.give_name_back(host)?,
        };
        let Some(found) = found else {
            return self.make_anew(host);
        };
        let number = namespace_number(host, self.node)?;
        match self.node.peer_of(&found, number)? {
            Some(inner) if inner.name == self.wanted.name => self.set_right(host, &found, &inner),
            Some(_) | None => {
                host.delete(&found)?;
                self.make(host)
            }
        }
    }

    /// The host end that somebody renamed: group and address are those that we gave it.
    fn give_name_back(&self, host: &mut Host) -> Result<Option<Device>> {
        let mac = Some(host_mac(self.wanted.mac));
        let is_it = |device: &Device| device.mac == mac;
        let Some(device) = host.mirror.renamed(self.name.group(), is_it).cloned() else {
            return Ok(None);
        };
        host.rename(&device, &self.name.to_string())?;
        host.find(self.name)
    }

    /// The node's end is there, and the host's was taken to another namespace: the pair goes with the
    /// end that is left. Any other device of that name is the node's own.
    fn make_anew(&self, host: &mut Host) -> Result<()> {
        if !self.node.remove_left(&self.wanted.name, self.wanted.mac)? {
            return Err(self.taken_inside());
        }
        self.make(host)
    }

    fn make(&self, host: &mut Host) -> Result<()> {
        self.make_with(host, Indexes::CHOSEN_BY_KERNEL)?;
        host.mirror.drain()?;
        self.check_made(host)?;
        let raised = self.node.raise_new([self.wanted.name.as_str()])?;
        raised.into_iter().collect()
    }

    /// What was just made has no filters and shall not speak on this wire, before the node's end
    /// gives it carrier.
    ///
    /// The kernel takes a device whose peer has the same index for one without a peer, and then tells
    /// its loss of carrier up to a second late. The first ports of a fresh namespace meet this always.
    fn check_made(&self, host: &mut Host) -> Result<()> {
        let mut made = self.just_made(host)?;
        if made.peer_index == Some(made.index) {
            host.delete(&made)?;
            let apart = Indexes {
                host: made.index,
                node: made.index + APART,
            };
            self.make_with(host, apart)?;
            host.mirror.drain()?;
            made = self.just_made(host)?;
        }
        host.mirror.set_filters(made.index, Vec::new());
        host.ipv6.turn_off_new(&made.name)
    }

    /// By its own event; where that was lost, by a look.
    fn just_made(&self, host: &mut Host) -> Result<Device> {
        match host.mirror.get(self.name).filter(|seen| seen.is_ours) {
            Some(seen) => Ok(seen.device.clone()),
            None => host.find_ours(self.name),
        }
    }

    fn make_with(&self, host: &mut Host, indexes: Indexes) -> Result<()> {
        let making = host.socket.change_all([Change::make(self.making(indexes))]);
        let made = making.and_then(|mut made| made.pop().unwrap_or(Ok(())));
        match made {
            Err(failure) if failure.is(Errno::EXIST) => Err(self.taken_inside()),
            outcome => outcome.on(format_args!("make port {}", self.name)),
        }
    }

    /// The one message.
    fn making(&self, indexes: Indexes) -> RouteNetlinkMessage {
        device::make_veth(&VethPair {
            host_name: &self.name.to_string(),
            host_mac: host_mac(self.wanted.mac),
            group: self.name.group(),
            master: self.master,
            mtu: self.wanted.mtu,
            node_name: &self.wanted.name,
            node_mac: self.wanted.mac,
            node_netns: self.node.netns().as_fd().as_raw_fd(),
            indexes,
        })
    }

    fn set_right(&self, host: &mut Host, found: &Device, inner: &Device) -> Result<()> {
        host.ipv6.turn_off(&found.name)?;
        if found.mtu != self.wanted.mtu {
            let setting = device::set_mtu(found.index, self.wanted.mtu);
            let outcome = host.socket.change(setting, 0);
            outcome.on(format_args!("set the MTU of {}", found.name))?;
        }
        move_to(host, found, self.master)?;
        self.node.set_right(inner, self.wanted)
    }

    fn taken_inside(&self) -> Error {
        Error::Refused {
            act: format!("make interface {} in the node", self.wanted.name),
            errno: Errno::EXIST,
            said: "a device of that name is already there; delete or rename it in the node".into(),
        }
    }
}

fn move_to(host: &mut Host, found: &Device, master: Option<u32>) -> Result<()> {
    if found.master == master {
        return Ok(());
    }
    let setting = device::set_master(found.index, master);
    let outcome = host.socket.change(setting, 0);
    outcome.on(format_args!("move {} to its bridge", found.name))
}

fn bridge_index(host: &mut Host, names: &Names, network: Option<NetworkId>) -> Result<Option<u32>> {
    let Some(network) = network else {
        return Ok(None);
    };
    let bridge = host.find_ours(DeviceName::Bridge(names.hash, network))?;
    Ok(Some(bridge.index))
}

/// The number by which our namespace knows the node's, when it does.
fn namespace_number(host: &mut Host, node: &NodeNet) -> Result<Option<i32>> {
    let descriptor = node.netns().as_fd().as_raw_fd().cast_unsigned();
    let mut message = NsidMessage::default();
    message.attributes = vec![NsidAttribute::Fd(descriptor)];
    // `struct rtgenmsg`, padded to four bytes; NETNSA_NSID is attribute 1.
    let read = |payload: &[u8]| {
        attributes(payload, 4)
            .find(|attribute| attribute.kind() == 1)
            .and_then(|attribute| u32_at(attribute.value(), 0))
    };
    let asking = RouteNetlinkMessage::GetNsId(message);
    let number = host
        .socket
        .get(asking, read)
        .on("look for the node's namespace")?;
    Ok(number.map(u32::cast_signed).filter(|number| *number >= 0))
}

pub(crate) fn set_master(
    host: &mut Host,
    names: &Names,
    id: PortId,
    master: Option<NetworkId>,
) -> Result<()> {
    let master = bridge_index(host, names, master)?;
    let found = host.find_ours(DeviceName::Port(names.hash, id))?;
    move_to(host, &found, master)
}

pub(crate) fn set_admin(host: &mut Host, names: &Names, id: PortId, up: bool) -> Result<()> {
    let found = host.find_ours(DeviceName::Port(names.hash, id))?;
    if found.admin_up == up {
        return Ok(());
    }
    let outcome = host.socket.change(device::set_admin(found.index, up), 0);
    outcome.on(format_args!("set {} up or down", found.name))
}

pub(crate) fn remove(host: &mut Host, names: &Names, id: PortId) -> Result<()> {
    match host.find(DeviceName::Port(names.hash, id))? {
        Some(port) => host.delete(&port),
        None => Ok(()),
    }
}

/// By one message when every device of the group has a name of ours, else those that are ours one
/// by one.
pub(crate) fn remove_all(host: &mut Host, names: &Names) -> Result<()> {
    let group = names.port_group();
    if !host.mirror()?.of_lab(names.hash).any(|seen| seen.is_ours) {
        return Ok(());
    }
    // The mirror does not hear who joins the group while it is down, and what is foreign stays.
    let dumped = host.socket.dump_or_part(&device::get_all(), Device::read);
    let (devices, whole) = dumped.on("look at the host's devices")?;
    let members = devices.into_iter().filter(|device| device.group == group);
    let is_port = |device: &Device| names.parse_port(&device.name).is_some();
    let (ports, others): (Vec<_>, Vec<_>) = members.partition(is_port);
    if whole && others.is_empty() {
        let outcome = host.socket.change(device::delete_group(group), 0);
        return tolerate(outcome, &[Errno::NODEV]).on("delete the lab's ports");
    }
    let mut first_error = None;
    for device in ports {
        if let Err(error) = host.delete(&device) {
            tracing::warn!(name = device.name, %error, "a port stays");
            first_error.get_or_insert(error);
        }
    }
    first_error.map_or(Ok(()), Err)
}
