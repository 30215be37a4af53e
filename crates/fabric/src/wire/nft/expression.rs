//! What a rule looks at, as the kernel's small machine of registers takes it.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::{Verdict, attribute, nest, number, string};

/// The first register of 16 bytes, and the one that holds the verdict.
const REGISTER: u32 = 1;
const VERDICT: u32 = 0;

const IFNAMSIZ: usize = 16;

/// All of a rule's must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Match {
    /// The incoming device has this very name.
    In(String),
    InNamed(&'static str),
    /// The bits of the mask of the incoming device's group.
    InGroup {
        mask: u32,
        value: u32,
    },
    Out(String),
    OutNamed(&'static str),
    OutNotNamed(&'static str),
    From(IpNet),
    To(IpAddr),
    /// The address that an ARP packet asks for, or answers.
    ArpTo(Ipv4Addr),
    /// TCP, UDP, ICMP by its number.
    Protocol(u8),
    FromPort(u16),
    ToPort(u16),
    Icmp(u8),
    /// It answers what went the other way, or speaks of that.
    Replies,
}

/// Where a packet's part begins that is looked at.
#[derive(Clone, Copy)]
enum Part {
    Network = 1,
    Transport = 2,
}

impl Match {
    pub(super) fn expressions(&self) -> Vec<u8> {
        match self {
            Self::In(name) => [load(IN_NAME), equal(&whole(name))].concat(),
            // As many bytes are compared as are given: the beginning of the name.
            Self::InNamed(prefix) => [load(IN_NAME), equal(prefix.as_bytes())].concat(),
            Self::InGroup { mask, value } => [
                load(IN_GROUP),
                masked(&mask.to_ne_bytes()),
                equal(&value.to_ne_bytes()),
            ]
            .concat(),
            Self::Out(name) => [load(OUT_NAME), equal(&whole(name))].concat(),
            Self::OutNamed(prefix) => [load(OUT_NAME), equal(prefix.as_bytes())].concat(),
            Self::OutNotNamed(prefix) => {
                [load(OUT_NAME), compare(NOT_EQUAL, prefix.as_bytes())].concat()
            }
            Self::From(net) => from(*net),
            Self::To(ip) => to(*ip),
            Self::ArpTo(ip) => [payload(Part::Network, 24, 4), equal(&ip.octets())].concat(),
            Self::Protocol(protocol) => [load(PROTOCOL), equal(&[*protocol])].concat(),
            Self::FromPort(port) => at_port(0, *port),
            Self::ToPort(port) => at_port(2, *port),
            Self::Icmp(kind) => [payload(Part::Transport, 0, 1), equal(&[*kind])].concat(),
            Self::Replies => replies(),
        }
    }
}

const IN_NAME: u32 = 6;
const OUT_NAME: u32 = 7;
const FAMILY: u32 = 15;
const PROTOCOL: u32 = 16;
const IN_GROUP: u32 = 21;

const EQUAL: u32 = 0;
const NOT_EQUAL: u32 = 1;

/// With the zeros behind it, so that no longer name is equal.
fn whole(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(IFNAMSIZ, 0);
    bytes
}

fn is_ip(ip: IpAddr) -> Vec<u8> {
    let number = match ip {
        IpAddr::V4(_) => 2,
        IpAddr::V6(_) => 10,
    };
    [load(FAMILY), equal(&[number])].concat()
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

fn from(net: IpNet) -> Vec<u8> {
    let (offset, length) = match net {
        IpNet::V4(_) => (12, 4),
        IpNet::V6(_) => (8, 16),
    };
    [
        is_ip(net.addr()),
        payload(Part::Network, offset, length),
        masked(&octets(net.netmask())),
        equal(&octets(net.network())),
    ]
    .concat()
}

fn to(ip: IpAddr) -> Vec<u8> {
    let (offset, length) = match ip {
        IpAddr::V4(_) => (16, 4),
        IpAddr::V6(_) => (24, 16),
    };
    [
        is_ip(ip),
        payload(Part::Network, offset, length),
        equal(&octets(ip)),
    ]
    .concat()
}

fn at_port(offset: u32, port: u16) -> Vec<u8> {
    [
        payload(Part::Transport, offset, 2),
        equal(&port.to_be_bytes()),
    ]
    .concat()
}

/// Bits of the connection's state: 2 established, 4 related.
fn replies() -> Vec<u8> {
    const STATE: u32 = 0;
    let load = expression("ct", &[number(1, REGISTER), number(2, STATE)].concat());
    let either = masked(&6_u32.to_ne_bytes());
    [load, either, compare(NOT_EQUAL, &0_u32.to_ne_bytes())].concat()
}

fn load(key: u32) -> Vec<u8> {
    expression("meta", &[number(2, key), number(1, REGISTER)].concat())
}

fn payload(part: Part, offset: u32, length: u32) -> Vec<u8> {
    let attributes = [
        number(1, REGISTER),
        number(2, part as u32),
        number(3, offset),
        number(4, length),
    ];
    expression("payload", &attributes.concat())
}

fn equal(with: &[u8]) -> Vec<u8> {
    compare(EQUAL, with)
}

fn compare(how: u32, with: &[u8]) -> Vec<u8> {
    let data = nest(3, &attribute(1, with));
    expression("cmp", &[number(1, REGISTER), number(2, how), data].concat())
}

fn masked(mask: &[u8]) -> Vec<u8> {
    let length = u32::try_from(mask.len()).expect("an address at most");
    let attributes = [
        number(1, REGISTER),
        number(2, REGISTER),
        number(3, length),
        nest(4, &attribute(1, mask)),
        nest(5, &attribute(1, &vec![0; mask.len()])),
    ];
    expression("bitwise", &attributes.concat())
}

pub(super) fn verdict(verdict: Verdict) -> Vec<u8> {
    let code: i32 = match verdict {
        Verdict::Drop => 0,
        Verdict::Accept => 1,
        Verdict::Return => -5,
        Verdict::Masquerade => return expression("masq", &[]),
    };
    let code = nest(2, &nest(2, &number(1, code.cast_unsigned())));
    expression("immediate", &[number(1, VERDICT), code].concat())
}

pub(super) fn expression(name: &str, data: &[u8]) -> Vec<u8> {
    nest(1, &[string(1, name), nest(2, data)].concat())
}
