//! Devices: making, changing and deleting them, and reading what the kernel says of one.

use std::os::fd::RawFd;

use model::lab::Mac;
use netlink_packet_route::link::{
    BridgeStpState, InfoBridge, InfoData, InfoKind, InfoVeth, InfoVlan, InfoVrf, InfoVxlan,
    LinkAttribute, LinkExtentMask, LinkFlags, LinkInfo, LinkMessage, Prop,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::read::{attributes, find, text, u32_at};

/// Every frame a lab may carry fits: a jumbo frame of 9000 bytes with room for tags.
pub(crate) const BRIDGE_MTU: u32 = 9500;

/// The group of a node's end until it is configured, so that a pass that broke off in between is
/// seen; afterwards it has none, as any device. No lab's group has this form.
pub(crate) const FRESH_GROUP: u32 = 0x004E_5645;

/// A device as the kernel shows it, in the fields we use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Device {
    pub index: u32,
    pub name: String,
    pub altnames: Vec<String>,
    pub group: u32,
    pub mac: Option<Mac>,
    pub mtu: u32,
    pub admin_up: bool,
    /// `IFF_LOWER_UP`.
    pub carrier: bool,
    /// How often it got carrier since it was made.
    pub carrier_up_count: u32,
    pub master: Option<u32>,
    /// A veth's other end: its index, and the namespace's number as seen from here.
    pub peer_index: Option<u32>,
    pub peer_nsid: Option<i32>,
    pub bridge: Option<BridgeOptions>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct BridgeOptions {
    pub stp: bool,
    pub snooping: bool,
}

/// Both ends of a port, for the one message that makes them.
pub(crate) struct VethPair<'a> {
    pub host_name: &'a str,
    pub host_mac: Mac,
    pub group: u32,
    pub master: Option<u32>,
    pub mtu: u32,
    pub node_name: &'a str,
    pub node_mac: Mac,
    pub node_netns: RawFd,
    pub indexes: Indexes,
}

/// The indexes of a new pair. The kernel takes one for the node's end only beside one for the host's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Indexes {
    pub host: u32,
    pub node: u32,
}

impl Indexes {
    pub(crate) const CHOSEN_BY_KERNEL: Self = Self { host: 0, node: 0 };
}

/// The pair, each end in its namespace, the host end up and in its bridge. The kernel refuses to
/// raise the peer in this message, so the node's end is raised from inside by another.
pub(crate) fn make_veth(pair: &VethPair<'_>) -> RouteNetlinkMessage {
    let mut node = of_index(pair.indexes.node);
    node.attributes = end_attributes(pair.node_name, pair.node_mac, pair.mtu);
    node.attributes.extend([
        LinkAttribute::NetNsFd(pair.node_netns),
        LinkAttribute::Group(FRESH_GROUP),
    ]);
    let mut host = of_index(pair.indexes.host);
    raise_flag(&mut host, true);
    host.attributes = end_attributes(pair.host_name, pair.host_mac, pair.mtu);
    host.attributes.push(LinkAttribute::Group(pair.group));
    host.attributes
        .extend(pair.master.map(LinkAttribute::Controller));
    host.attributes.push(LinkAttribute::LinkInfo(vec![
        LinkInfo::Kind(InfoKind::Veth),
        LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(node))),
    ]));
    RouteNetlinkMessage::NewLink(host)
}

/// One queue instead of one for each processor halves the time the kernel needs for a pair.
fn end_attributes(name: &str, mac: Mac, mtu: u32) -> Vec<LinkAttribute> {
    vec![
        LinkAttribute::IfName(name.to_owned()),
        LinkAttribute::Address(mac.0.to_vec()),
        LinkAttribute::Mtu(mtu),
        LinkAttribute::NumTxQueues(1),
        LinkAttribute::NumRxQueues(1),
    ]
}

/// A bridge of ours, still down: that it is up says that it has all it needs. Its MTU follows by
/// [`set_mtu`], see there.
pub(crate) fn make_bridge(name: &str, group: u32) -> RouteNetlinkMessage {
    let mut message = bridge_options(0);
    message.attributes.extend([
        LinkAttribute::IfName(name.to_owned()),
        LinkAttribute::Group(group),
    ]);
    RouteNetlinkMessage::NewLink(message)
}

/// Gives an existing bridge the options of a new one.
pub(crate) fn set_bridge_options(index: u32) -> RouteNetlinkMessage {
    RouteNetlinkMessage::NewLink(bridge_options(index))
}

fn bridge_options(index: u32) -> LinkMessage {
    let mut message = of_index(index);
    message.attributes.push(LinkAttribute::LinkInfo(vec![
        LinkInfo::Kind(InfoKind::Bridge),
        LinkInfo::Data(InfoData::Bridge(vec![
            InfoBridge::StpState(BridgeStpState::Disabled),
            InfoBridge::MulticastSnooping(false),
        ])),
    ]));
    message
}

/// A VLAN of number 1 on another device.
pub(crate) fn make_vlan(name: &str, on: u32) -> RouteNetlinkMessage {
    let mut message = of_kind(name, InfoKind::Vlan, InfoData::Vlan(vec![InfoVlan::Id(1)]));
    message.attributes.push(LinkAttribute::Link(on));
    RouteNetlinkMessage::NewLink(message)
}

pub(crate) fn make_vrf(name: &str) -> RouteNetlinkMessage {
    let data = InfoData::Vrf(vec![InfoVrf::TableId(1)]);
    RouteNetlinkMessage::NewLink(of_kind(name, InfoKind::Vrf, data))
}

pub(crate) fn make_vxlan(name: &str) -> RouteNetlinkMessage {
    let data = InfoData::Vxlan(vec![InfoVxlan::Id(1), InfoVxlan::Port(4789)]);
    RouteNetlinkMessage::NewLink(of_kind(name, InfoKind::Vxlan, data))
}

fn of_kind(name: &str, kind: InfoKind, data: InfoData) -> LinkMessage {
    let mut message = LinkMessage::default();
    message.attributes = vec![
        LinkAttribute::IfName(name.to_owned()),
        LinkAttribute::LinkInfo(vec![LinkInfo::Kind(kind), LinkInfo::Data(data)]),
    ];
    message
}

pub(crate) fn add_altname(index: u32, altname: &str) -> RouteNetlinkMessage {
    let mut message = of_index(index);
    message.attributes = vec![LinkAttribute::PropList(vec![Prop::AltIfName(
        altname.to_owned(),
    )])];
    RouteNetlinkMessage::NewLinkProp(message)
}

pub(crate) fn remove_altname(index: u32, altname: &str) -> RouteNetlinkMessage {
    let mut message = of_index(index);
    message.attributes = vec![LinkAttribute::PropList(vec![Prop::AltIfName(
        altname.to_owned(),
    )])];
    RouteNetlinkMessage::DelLinkProp(message)
}

pub(crate) fn set_admin(index: u32, up: bool) -> RouteNetlinkMessage {
    let mut message = of_index(index);
    raise_flag(&mut message, up);
    RouteNetlinkMessage::SetLink(message)
}

/// Saves the look-up where the device was made a moment ago.
pub(crate) fn raise_by_name(name: &str) -> RouteNetlinkMessage {
    let mut message = LinkMessage::default();
    raise_flag(&mut message, true);
    message.attributes = vec![LinkAttribute::IfName(name.to_owned())];
    RouteNetlinkMessage::SetLink(message)
}

pub(crate) fn set_master(index: u32, master: Option<u32>) -> RouteNetlinkMessage {
    // Master 0 means none.
    set(
        index,
        vec![LinkAttribute::Controller(master.unwrap_or_default())],
    )
}

/// A bridge's MTU sinks to its ports' smallest unless it was once *changed* by hand: giving it in the
/// making message, or setting it to what it is, does not count as a change.
pub(crate) fn set_mtu(index: u32, mtu: u32) -> RouteNetlinkMessage {
    set(index, vec![LinkAttribute::Mtu(mtu)])
}

pub(crate) fn set_mac(index: u32, mac: Mac) -> RouteNetlinkMessage {
    set(index, vec![LinkAttribute::Address(mac.0.to_vec())])
}

pub(crate) fn set_group(index: u32, group: u32) -> RouteNetlinkMessage {
    set(index, vec![LinkAttribute::Group(group)])
}

pub(crate) fn set_name(index: u32, name: &str) -> RouteNetlinkMessage {
    set(index, vec![LinkAttribute::IfName(name.to_owned())])
}

pub(crate) fn delete(index: u32) -> RouteNetlinkMessage {
    RouteNetlinkMessage::DelLink(of_index(index))
}

/// Deletes every device of the group in the socket's namespace. Never called for group 0.
pub(crate) fn delete_group(group: u32) -> RouteNetlinkMessage {
    let mut message = LinkMessage::default();
    message.attributes = vec![LinkAttribute::Group(group)];
    RouteNetlinkMessage::DelLink(message)
}

pub(crate) fn get_by_name(name: &str) -> RouteNetlinkMessage {
    let mut message = LinkMessage::default();
    message.attributes = vec![LinkAttribute::IfName(name.to_owned())];
    RouteNetlinkMessage::GetLink(message)
}

pub(crate) fn get_by_index(index: u32) -> RouteNetlinkMessage {
    RouteNetlinkMessage::GetLink(of_index(index))
}

/// Without the counters, which would be most of the answer and of the kernel's work.
pub(crate) fn get_all() -> RouteNetlinkMessage {
    let mut message = LinkMessage::default();
    message.attributes = vec![LinkAttribute::ExtMask(vec![LinkExtentMask::SkipStats])];
    RouteNetlinkMessage::GetLink(message)
}

/// Devices that are in a bridge, and no others: `AF_BRIDGE` as the family of a dump.
pub(crate) fn get_bridged() -> RouteNetlinkMessage {
    let mut message = LinkMessage::default();
    message.header.interface_family = AddressFamily::Bridge;
    RouteNetlinkMessage::GetLink(message)
}

/// Index and bridge of one of them.
pub(crate) fn read_bridged(payload: &[u8]) -> Option<(u32, u32)> {
    let index = u32_at(payload, 4)?;
    let master = u32_at(find(payload.get(HEADER_BYTES..)?, 10)?, 0)?;
    Some((index, master))
}

fn set(index: u32, attributes: Vec<LinkAttribute>) -> RouteNetlinkMessage {
    let mut message = of_index(index);
    message.attributes = attributes;
    RouteNetlinkMessage::SetLink(message)
}

fn of_index(index: u32) -> LinkMessage {
    let mut message = LinkMessage::default();
    message.header.index = index;
    message
}

fn raise_flag(message: &mut LinkMessage, up: bool) {
    message.header.flags.set(LinkFlags::Up, up);
    message.header.change_mask |= LinkFlags::Up;
}

/// `struct ifinfomsg`: family, type, index at 4, flags at 8.
const HEADER_BYTES: usize = 16;
const IFF_UP: u32 = 1;
const IFF_LOWER_UP: u32 = 1 << 16;

impl Device {
    /// None when the message has neither index nor name.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        let flags = u32_at(payload, 8)?;
        let mut device = Self {
            index: u32_at(payload, 4)?,
            admin_up: flags & IFF_UP != 0,
            carrier: flags & IFF_LOWER_UP != 0,
            ..Self::default()
        };
        for attribute in attributes(payload, HEADER_BYTES) {
            device.take(attribute.kind(), attribute.value());
        }
        (!device.name.is_empty()).then_some(device)
    }

    fn take(&mut self, kind: u16, value: &[u8]) {
        match kind {
            1 => self.mac = value.first_chunk::<6>().map(|bytes| Mac(*bytes)),
            3 => self.name = text(value),
            4 => self.mtu = u32_at(value, 0).unwrap_or_default(),
            5 => self.peer_index = u32_at(value, 0),
            10 => self.master = u32_at(value, 0).filter(|index| *index != 0),
            18 => self.bridge = BridgeOptions::read(value),
            27 => self.group = u32_at(value, 0).unwrap_or_default(),
            37 => self.peer_nsid = u32_at(value, 0).map(u32::cast_signed),
            47 => self.carrier_up_count = u32_at(value, 0).unwrap_or_default(),
            52 => self.altnames = read_altnames(value),
            _ => {}
        }
    }
}

impl BridgeOptions {
    /// None for a device of another kind.
    fn read(info: &[u8]) -> Option<Self> {
        let kind = find(info, 1)?;
        let data = find(info, 2)?;
        (text(kind) == "bridge").then(|| Self {
            stp: find(data, 5).and_then(|value| u32_at(value, 0)) != Some(0),
            snooping: find(data, 23).and_then(|value| value.first()) != Some(&0),
        })
    }
}

fn read_altnames(list: &[u8]) -> Vec<String> {
    attributes(list, 0)
        .filter(|attribute| attribute.kind() == 53)
        .map(|attribute| text(attribute.value()))
        .collect()
}
