//! Requests that make, raise and delete devices, and redirect what comes in at one to another.

use std::net::Ipv4Addr;
use std::os::fd::RawFd;

use super::{NLM_F_CREATE, NLM_F_EXCL, Request};

const MAKE: u16 = NLM_F_CREATE | NLM_F_EXCL;

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWADDR: u16 = 20;
const RTM_NEWQDISC: u16 = 36;
const RTM_NEWTFILTER: u16 = 44;

const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFLA_MASTER: u16 = 10;
const IFLA_LINKINFO: u16 = 18;
const IFLA_GROUP: u16 = 27;
const IFLA_NET_NS_FD: u16 = 28;
const IFLA_NUM_TX_QUEUES: u16 = 31;
const IFLA_NUM_RX_QUEUES: u16 = 32;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const IFLA_BR_STP_STATE: u16 = 5;
const IFLA_BR_MCAST_SNOOPING: u16 = 23;
const IFF_UP: u32 = 1;

const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;

const TCA_KIND: u16 = 1;
const TCA_OPTIONS: u16 = 2;
const TCA_U32_SEL: u16 = 5;
const TCA_U32_ACT: u16 = 7;
const TCA_ACT_KIND: u16 = 1;
const TCA_ACT_OPTIONS: u16 = 2;
const TCA_MIRRED_PARMS: u16 = 2;
const CLSACT: u32 = 0xffff_fff1;
const CLSACT_HANDLE: u32 = 0xffff_0000;
const INGRESS: u32 = 0xffff_fff2;
const TC_ACT_STOLEN: u32 = 4;
const TCA_EGRESS_REDIR: u32 = 1;

/// One end of a veth pair.
#[derive(Clone, Copy)]
pub struct End<'a> {
    pub name: &'a str,
    /// Of zeros: the kernel draws one.
    pub mac: [u8; 6],
    pub mtu: u32,
    /// None: where the socket is.
    pub netns: Option<RawFd>,
}

/// What the end that stays with the host has besides.
#[derive(Clone, Copy, Default)]
pub struct HostSide {
    pub index: u32,
    pub group: u32,
    pub master: Option<u32>,
}

/// `struct ifinfomsg`.
pub fn header(index: u32, flags: u32, change: u32) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[4..8].copy_from_slice(&index.to_ne_bytes());
    bytes[8..12].copy_from_slice(&flags.to_ne_bytes());
    bytes[12..16].copy_from_slice(&change.to_ne_bytes());
    bytes
}

/// Both ends in one message, single-queue; the host's up.
pub fn make_pair(host: End<'_>, side: HostSide, node: End<'_>) -> Request {
    let request = Request::new(RTM_NEWLINK, MAKE, &header(side.index, IFF_UP, IFF_UP));
    let mut request = put_end(request, host).put_u32(IFLA_GROUP, side.group);
    if let Some(master) = side.master {
        request = request.put_u32(IFLA_MASTER, master);
    }
    request.put_nest(IFLA_LINKINFO, &[], |info| {
        info.put_text(IFLA_INFO_KIND, "veth")
            .put_nest(IFLA_INFO_DATA, &[], |data| {
                data.put_nest(VETH_INFO_PEER, &header(0, 0, 0), |peer| put_end(peer, node))
            })
    })
}

fn put_end(request: Request, end: End<'_>) -> Request {
    let mut request = request.put_text(IFLA_IFNAME, end.name);
    if end.mac != [0; 6] {
        request = request.put(IFLA_ADDRESS, &end.mac);
    }
    if let Some(netns) = end.netns {
        request = request.put(IFLA_NET_NS_FD, &netns.to_ne_bytes());
    }
    request
        .put_u32(IFLA_MTU, end.mtu)
        .put_u32(IFLA_NUM_TX_QUEUES, 1)
        .put_u32(IFLA_NUM_RX_QUEUES, 1)
}

/// Up, without STP and snooping.
pub fn make_bridge(name: &str, index: u32, group: u32) -> Request {
    Request::new(RTM_NEWLINK, MAKE, &header(index, IFF_UP, IFF_UP))
        .put_text(IFLA_IFNAME, name)
        .put_u32(IFLA_GROUP, group)
        .put_nest(IFLA_LINKINFO, &[], |info| {
            info.put_text(IFLA_INFO_KIND, "bridge")
                .put_nest(IFLA_INFO_DATA, &[], |data| {
                    data.put_u32(IFLA_BR_STP_STATE, 0)
                        .put(IFLA_BR_MCAST_SNOOPING, &[0])
                })
        })
}

pub fn raise(name: &str) -> Request {
    Request::new(RTM_NEWLINK, 0, &header(0, IFF_UP, IFF_UP)).put_text(IFLA_IFNAME, name)
}

pub fn delete(index: u32) -> Request {
    Request::new(RTM_DELLINK, 0, &header(index, 0, 0))
}

pub fn delete_group(group: u32) -> Request {
    Request::new(RTM_DELLINK, 0, &header(0, 0, 0)).put_u32(IFLA_GROUP, group)
}

pub fn add_address(index: u32, address: Ipv4Addr, prefix: u8) -> Request {
    let mut body = [2, prefix, 0, 0, 0, 0, 0, 0];
    body[4..].copy_from_slice(&index.to_ne_bytes());
    Request::new(RTM_NEWADDR, MAKE, &body)
        .put(IFA_LOCAL, &address.octets())
        .put(IFA_ADDRESS, &address.octets())
}

pub fn make_clsact(index: u32) -> Request {
    let body = traffic(index, CLSACT_HANDLE, CLSACT, 0);
    Request::new(RTM_NEWQDISC, MAKE, &body).put_text(TCA_KIND, "clsact")
}

/// Every frame that comes in at `index` goes out of `to`.
pub fn make_redirect(index: u32, to: u32) -> Request {
    let every_protocol = u32::from(3_u16.to_be());
    let body = traffic(index, 0, INGRESS, 1 << 16 | every_protocol);
    // One key whose mask leaves nothing to compare.
    let mut selector = [0; 32];
    selector[0] = 1;
    selector[2] = 1;
    let words = [0, 0, TC_ACT_STOLEN, 0, 0, TCA_EGRESS_REDIR, to];
    let mirred: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    Request::new(RTM_NEWTFILTER, MAKE, &body)
        .put_text(TCA_KIND, "u32")
        .put_nest(TCA_OPTIONS, &[], |options| {
            options
                .put(TCA_U32_SEL, &selector)
                .put_nest(TCA_U32_ACT, &[], |actions| {
                    actions.put_nest(1, &[], |action| {
                        action.put_text(TCA_ACT_KIND, "mirred").put_nest(
                            TCA_ACT_OPTIONS,
                            &[],
                            |options| options.put(TCA_MIRRED_PARMS, &mirred),
                        )
                    })
                })
        })
}

/// `struct tcmsg`.
fn traffic(index: u32, handle: u32, parent: u32, info: u32) -> Vec<u8> {
    [0, index, handle, parent, info]
        .iter()
        .flat_map(|word| word.to_ne_bytes())
        .collect()
}
