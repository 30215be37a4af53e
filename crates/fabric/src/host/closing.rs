//! Lab networks are closed: nothing that a node sends reaches the IP stack of the host, but for what a
//! network opens that the host is on (`gate`).
//!
//! A bridge or host end has no address, and yet the kernel answers ARP for any of the host's other
//! addresses that comes in by it, takes packets for them, and forwards where forwarding is on. So one
//! table of ours drops, of everything that comes in by a device of ours, what is for the host (`input`,
//! also ARP) and what would leave by a device that is not ours (`forward`).
//!
//! What a bridge carries from port to port is not touched: with `br_netfilter` those frames pass the
//! forward hook as well, with a bridge of ours as both devices. The table stays when the agent ends,
//! since its nodes do.

use std::io;

use netlink_packet_core::{NLMSG_DONE, NLMSG_ERROR};
use netlink_sys::protocols::NETLINK_NETFILTER;
use netlink_sys::{Socket, SocketAddr};

use super::gate::{Gate, Rule};
use super::passage;
use crate::error::{Error, Result};
use crate::socket::messages;
use crate::wire::nft::{self, Batch, Family, Hook, Match, Verdict};

const TABLE: &str = "nova_ve";
const BUFFER_BYTES: usize = 32 * 1024;

/// By name and group a device is ours; another's that merely has such a name is not cut off.
const PORTS: [Match; 2] = [
    Match::InNamed("nve"),
    Match::InGroup {
        mask: 0xffff_0000,
        value: 0x4E56_0000,
    },
];
const BRIDGES: [Match; 2] = [
    Match::InNamed("nove"),
    Match::InGroup {
        mask: 0x0000_ffff,
        value: 0x0000_4E56,
    },
];

/// What fabric's thread remembers: the state of the kernel's rules that was seen to be right, and the
/// networks that the host is on.
#[derive(Default)]
pub(crate) struct Closing {
    generation: Option<u32>,
    gates: Vec<Gate>,
}

impl Closing {
    /// Sets the rules anew when anybody has changed any rules since; whether that was so.
    pub(crate) fn ensure(&mut self) -> Result<bool> {
        let mut socket = open()?;
        let now = generation(&mut socket)?;
        if self.generation == Some(now) {
            return Ok(false);
        }
        // Somebody's filter that cannot be read is no reason to leave ours open.
        let changes = passage::ensure(&mut socket).unwrap_or_else(|error| {
            tracing::warn!(%error, "networks of three ends may not pass this host's firewall");
            0
        });
        self.replace(&mut socket)?;
        self.generation = ours_alone(now, changes + 1, generation(&mut socket)?);
        Ok(true)
    }

    /// The networks that the host is on, from now on.
    pub(crate) fn set_gates(&mut self, gates: Vec<Gate>) -> Result<()> {
        if self.gates == gates && self.generation.is_some() {
            return Ok(());
        }
        self.gates = gates;
        self.generation = None;
        self.ensure().map(drop)
    }

    /// A kernel that cannot open what is to be open closes everything all the same.
    fn replace(&self, socket: &mut Socket) -> Result<()> {
        let opened = exchange(socket, replacement(&self.gates));
        match opened {
            Err(Error::Closing(error)) if !self.gates.is_empty() => {
                exchange(socket, replacement(&[]))?;
                Err(Error::Opening(error))
            }
            outcome => outcome,
        }
    }

    /// Takes the rules away; that there are none is fine.
    pub(crate) fn remove(&mut self) -> Result<()> {
        self.generation = None;
        // A kernel without nftables has no rules of ours either.
        let Ok(mut socket) = open() else {
            return Ok(());
        };
        passage::remove(&mut socket)?;
        exchange(&mut socket, removal())
    }
}

/// The state after so many changes of our own, where nobody else changed anything meanwhile: what came between, or
/// just after, may have taken our rules away, so it is looked at again.
fn ours_alone(before: u32, changes: u32, after: u32) -> Option<u32> {
    (after == before.wrapping_add(changes)).then_some(after)
}

/// Making what is there, deleting it and making it again works from every state.
fn replacement(gates: &[Gate]) -> (Vec<u8>, u32) {
    let mut batch = Batch::new(1);
    for family in [Family::Inet, Family::Arp] {
        batch.make_table(family, TABLE);
        batch.delete_table(family, TABLE);
        batch.make_table(family, TABLE);
        batch.make_chain(family, TABLE, Hook::Input);
    }
    for gate in gates {
        gate.add_arp(&mut batch, TABLE);
    }
    for closed in [PORTS, BRIDGES] {
        batch.rule(Family::Arp, TABLE, Hook::Input, &closed, Verdict::Drop);
    }
    add_inet(&mut batch, gates);
    batch.end(Family::Arp, TABLE)
}

fn add_inet(batch: &mut Batch, gates: &[Gate]) {
    let opened: Vec<Rule> = gates.iter().flat_map(Gate::rules).collect();
    batch.make_chain(Family::Inet, TABLE, Hook::Forward);
    // A chain that changes addresses has the kernel follow every connection: only where it is needed.
    for hook in [Hook::Output, Hook::Postrouting] {
        if opened.iter().any(|(at, ..)| *at == hook) {
            batch.make_chain(Family::Inet, TABLE, hook);
        }
    }
    let mut add = |hook, of: &[Match], verdict| batch.rule(Family::Inet, TABLE, hook, of, verdict);
    let open = |add: &mut dyn FnMut(Hook, &[Match], Verdict), at: Hook| {
        for (hook, of, verdict) in opened.iter().filter(|(hook, ..)| *hook == at) {
            add(*hook, of, *verdict);
        }
    };
    open(&mut add, Hook::Input);
    add(Hook::Input, &PORTS, Verdict::Drop);
    add(Hook::Input, &BRIDGES, Verdict::Drop);
    add(Hook::Forward, &PORTS, Verdict::Drop);
    open(&mut add, Hook::Forward);
    let [name, group] = BRIDGES;
    let outward = [name, group, Match::OutNotNamed("nove")];
    add(Hook::Forward, &outward, Verdict::Drop);
    open(&mut add, Hook::Output);
    open(&mut add, Hook::Postrouting);
}

fn removal() -> (Vec<u8>, u32) {
    let mut batch = Batch::new(1);
    batch.make_table(Family::Inet, TABLE);
    batch.make_table(Family::Arp, TABLE);
    batch.delete_table(Family::Inet, TABLE);
    batch.end_with_deletion(Family::Arp, TABLE)
}

fn open() -> Result<Socket> {
    let open = || -> io::Result<Socket> {
        let mut socket = Socket::new(NETLINK_NETFILTER)?;
        socket.bind_auto()?;
        socket.connect(&SocketAddr::new(0, 0))?;
        Ok(socket)
    };
    open().map_err(Error::Closing)
}

fn generation(socket: &mut Socket) -> Result<u32> {
    let ask = || -> io::Result<Option<u32>> {
        socket.send(&nft::get_generation(1), 0)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        let length = socket.recv(&mut &mut buffer[..], 0)?;
        let mut answers = messages(&buffer[..length]);
        let Some(answer) = answers.next() else {
            return Ok(None);
        };
        if answer.message_type() == NLMSG_ERROR {
            return Err(code_of(answer.payload()).unwrap_or_else(|| io::Error::other("no answer")));
        }
        Ok(nft::read_generation(answer.payload()))
    };
    let number = ask().map_err(Error::Closing)?;
    Ok(number.unwrap_or_default())
}

/// Everything of a kind that `read` takes.
pub(super) fn ask_all<T>(
    socket: &mut Socket,
    question: &[u8],
    read: impl Fn(&[u8]) -> Option<T>,
) -> Result<Vec<T>> {
    let speak = || -> io::Result<Vec<T>> {
        socket.send(question, 0)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        let mut found = Vec::new();
        loop {
            let length = socket.recv(&mut &mut buffer[..], 0)?;
            for answer in messages(&buffer[..length]) {
                match answer.message_type() {
                    NLMSG_DONE => return Ok(found),
                    // A table that is not there holds nothing.
                    NLMSG_ERROR => match code_of(answer.payload()) {
                        Some(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
                        Some(error) => return Err(error),
                        None => return Ok(found),
                    },
                    _ => found.extend(read(answer.payload())),
                }
            }
        }
    };
    speak().map_err(Error::Closing)
}

/// The first error, or that the whole batch was taken.
pub(super) fn exchange(socket: &mut Socket, (bytes, answered): (Vec<u8>, u32)) -> Result<()> {
    let speak = || -> io::Result<()> {
        socket.send(&bytes, 0)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let length = socket.recv(&mut &mut buffer[..], 0)?;
            for answer in messages(&buffer[..length]) {
                if answer.message_type() != NLMSG_ERROR {
                    continue;
                }
                if let Some(error) = code_of(answer.payload()) {
                    return Err(error);
                }
                if answer.sequence_number() == answered {
                    return Ok(());
                }
            }
        }
    };
    speak().map_err(Error::Closing)
}

/// None for an acknowledgement, which is an error of code 0.
fn code_of(payload: &[u8]) -> Option<io::Error> {
    let code = i32::from_ne_bytes(*payload.first_chunk()?);
    (code != 0).then(|| io::Error::from_raw_os_error(code.wrapping_neg()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_others_beside_ours_is_not_taken_for_ours() {
        assert_eq!(ours_alone(7, 1, 8), Some(8));
        assert_eq!(ours_alone(7, 1, 9), None);
        assert_eq!(ours_alone(7, 1, 7), None);
    }
}
