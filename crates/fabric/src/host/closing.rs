//! Lab networks are closed: nothing that a node sends reaches the IP stack of the host.
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

use netlink_packet_core::NLMSG_ERROR;
use netlink_sys::protocols::NETLINK_NETFILTER;
use netlink_sys::{Socket, SocketAddr};

use crate::error::{Error, Result};
use crate::socket::messages;
use crate::wire::nft::{self, Batch, Family, Hook, Match};

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

/// What fabric's thread remembers: the state of the kernel's rules that was seen to be right.
#[derive(Default)]
pub(crate) struct Closing {
    generation: Option<u32>,
}

impl Closing {
    /// Sets the rules anew when anybody has changed any rules since; whether that was so.
    pub(crate) fn ensure(&mut self) -> Result<bool> {
        let mut socket = open()?;
        let now = generation(&mut socket)?;
        if self.generation == Some(now) {
            return Ok(false);
        }
        exchange(&mut socket, replacement())?;
        self.generation = ours_alone(now, generation(&mut socket)?);
        Ok(true)
    }

    /// Takes the rules away; that there are none is fine.
    pub(crate) fn remove(&mut self) -> Result<()> {
        self.generation = None;
        // A kernel without nftables has no rules of ours either.
        open().map_or(Ok(()), |mut socket| exchange(&mut socket, removal()))
    }
}

/// The state after our own change, where nobody else changed anything meanwhile: what came between, or
/// just after, may have taken our rules away, so it is looked at again.
fn ours_alone(before: u32, after: u32) -> Option<u32> {
    (after == before.wrapping_add(1)).then_some(after)
}

/// Making what is there, deleting it and making it again works from every state.
fn replacement() -> (Vec<u8>, u32) {
    let mut batch = Batch::new(1);
    for family in [Family::Inet, Family::Arp] {
        batch.make_table(family, TABLE);
        batch.delete_table(family, TABLE);
        batch.make_table(family, TABLE);
        batch.make_chain(family, TABLE, Hook::Input);
        batch.drop_rule(family, TABLE, Hook::Input, &PORTS);
        batch.drop_rule(family, TABLE, Hook::Input, &BRIDGES);
    }
    let (inet, forward) = (Family::Inet, Hook::Forward);
    batch.make_chain(inet, TABLE, forward);
    batch.drop_rule(inet, TABLE, forward, &PORTS);
    let [name, group] = BRIDGES;
    let outward = [name, group, Match::OutNotNamed("nove")];
    batch.drop_rule(inet, TABLE, forward, &outward);
    batch.end(Family::Arp, TABLE)
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

/// The first error, or that the whole batch was taken.
fn exchange(socket: &mut Socket, (bytes, answered): (Vec<u8>, u32)) -> Result<()> {
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
        assert_eq!(ours_alone(7, 8), Some(8));
        assert_eq!(ours_alone(7, 9), None);
        assert_eq!(ours_alone(7, 7), None);
    }
}
