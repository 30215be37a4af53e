//! One blocking netlink socket. The kernel does a request's work inside `send`, so whoever calls this
//! stands still for as long as the kernel works: callers are threads, never async tasks.

mod batch;
mod quick;

use std::io;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_ACK_TLVS, NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR,
    NetlinkBuffer, NetlinkMessage, NlasIterator,
};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket as Raw, SocketAddr};
use rustix::io::Errno;

use crate::error::{Error, Failure, Result};
use crate::figures;

pub(crate) use batch::Change;

/// The kernel fills at most 32 KiB at once when it may.
const BUFFER_BYTES: usize = 64 * 1024;
/// A dump that the world changed under is asked for again this often, then taken as it is.
const DUMP_TRIES: usize = 3;
/// `struct nlmsgerr` with a capped copy of the request: the code and the request's header.
const ERROR_BYTES: usize = 4 + 16;
const NLMSGERR_ATTR_MSG: u16 = 1;

pub(crate) struct Socket {
    raw: Raw,
    sequence: u32,
    buffer: Vec<u8>,
    /// How many requests the kernel took that change something; tests of idempotence read it.
    pub(crate) changes_made: u64,
}

/// The room of a socket's queue. Beyond `net.core.rmem_max` (on many hosts a fifth of a MiB) only who
/// may administer the network gets it; else it stays there, and events are lost sooner, which is told.
pub(crate) fn widen(raw: &Raw, bytes: usize) {
    use rustix::net::sockopt;
    if sockopt::set_socket_recv_buffer_size_force(raw, bytes).is_err() {
        let _ = sockopt::set_socket_recv_buffer_size(raw, bytes);
    }
}

pub(crate) type Reply<T> = std::result::Result<T, Failure>;

impl Socket {
    /// In the network namespace of the calling thread, for good.
    pub(crate) fn open() -> Result<Self> {
        Self::open_raw().map_err(Error::Open)
    }

    fn open_raw() -> io::Result<Self> {
        let mut raw = Raw::new(NETLINK_ROUTE)?;
        raw.bind_auto()?;
        raw.connect(&SocketAddr::new(0, 0))?;
        raw.set_ext_ack(true)?;
        raw.set_cap_ack(true)?;
        Ok(Self {
            raw,
            sequence: 0,
            buffer: vec![0; BUFFER_BYTES],
            changes_made: 0,
        })
    }

    /// A request that changes something; `flags` beside request and acknowledge.
    pub(crate) fn change(&mut self, message: RouteNetlinkMessage, flags: u16) -> Reply<()> {
        self.exchange(message, NLM_F_ACK | flags, &mut |_, _| ())?;
        self.changes_made += 1;
        Ok(())
    }

    /// One thing that is asked for; None when the kernel gave nothing `read` takes.
    pub(crate) fn get<T>(
        &mut self,
        message: RouteNetlinkMessage,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Reply<Option<T>> {
        let mut found = None;
        self.exchange(message, NLM_F_ACK, &mut |_, payload| found = read(payload))?;
        Ok(found)
    }

    /// Everything of a kind that `read` takes, asked for again when the world changed meanwhile.
    pub(crate) fn dump<T>(
        &mut self,
        message: &RouteNetlinkMessage,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Reply<Vec<T>> {
        Ok(self.dump_or_part(message, read)?.0)
    }

    /// The same, and whether it is of one moment; it is not where the world never stood still.
    pub(crate) fn dump_or_part<T>(
        &mut self,
        message: &RouteNetlinkMessage,
        read: impl Fn(&[u8]) -> Option<T>,
    ) -> Reply<(Vec<T>, bool)> {
        let mut found = Vec::new();
        for _ in 0..DUMP_TRIES {
            found.clear();
            let whole = self.exchange(message.clone(), NLM_F_DUMP, &mut |_, payload| {
                found.extend(read(payload));
            })?;
            if whole {
                return Ok((found, true));
            }
        }
        Ok((found, false))
    }

    /// Each has a number of its own.
    pub(crate) fn requests_made(&self) -> u32 {
        self.sequence
    }

    /// The kernel's number of this socket: it stands in events that our own requests caused.
    pub(crate) fn port(&self) -> io::Result<u32> {
        let mut address = SocketAddr::new(0, 0);
        self.raw.get_address(&mut address)?;
        Ok(address.port_number())
    }

    /// Sends and reads until the kernel is done; whether the answer is of one moment.
    fn exchange(
        &mut self,
        message: RouteNetlinkMessage,
        flags: u16,
        each: &mut dyn FnMut(u16, &[u8]),
    ) -> Reply<bool> {
        let mut bytes = Vec::new();
        self.put(message, flags, &mut bytes);
        figures::requested(1);
        retry_interrupted(|| self.raw.send(&bytes, 0))?;
        let mut whole = true;
        loop {
            let length = retry_interrupted(|| self.raw.recv(&mut &mut self.buffer[..], 0))?;
            let answers = messages(&self.buffer[..length]);
            for reply in answers.filter(|reply| reply.sequence_number() == self.sequence) {
                whole &= reply.flags() & NLM_F_DUMP_INTR == 0;
                match reply.message_type() {
                    NLMSG_DONE => return Ok(whole),
                    NLMSG_ERROR => return read_error(&reply).map(|()| whole),
                    kind => each(kind, reply.payload()),
                }
            }
        }
    }
}

impl Socket {
    /// Appends a request with the next number.
    fn put(&mut self, message: RouteNetlinkMessage, flags: u16, to: &mut Vec<u8>) {
        self.sequence = self.sequence.wrapping_add(1);
        let mut message = NetlinkMessage::from(message);
        message.header.flags = NLM_F_REQUEST | flags;
        message.header.sequence_number = self.sequence;
        message.finalize();
        let from = to.len();
        to.resize(from + message.buffer_len().next_multiple_of(4), 0);
        message.serialize(&mut to[from..]);
    }
}

pub(crate) fn retry_interrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The messages of one datagram.
pub(crate) fn messages(bytes: &[u8]) -> impl Iterator<Item = NetlinkBuffer<&[u8]>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let next = NetlinkBuffer::new_checked(rest).ok()?;
        let length = usize::try_from(next.length()).ok()?.next_multiple_of(4);
        rest = rest.get(length..).unwrap_or_default();
        Some(next)
    })
}

/// An acknowledgement is an error of code 0.
fn read_error(reply: &NetlinkBuffer<&[u8]>) -> Reply<()> {
    let payload = reply.payload();
    let code = payload
        .first_chunk::<4>()
        .map_or(0, |code| i32::from_ne_bytes(*code));
    if code == 0 {
        return Ok(());
    }
    figures::refused();
    let errno = Errno::from_raw_os_error(code.wrapping_neg());
    let mut said = errno.to_string().to_lowercase();
    if let Some(number) = said.find(" (os error") {
        said.truncate(number);
    }
    if let Some(words) = explanation(reply) {
        said = format!("{said} ({words})");
    }
    Err(Failure::Refused { errno, said })
}

fn explanation(reply: &NetlinkBuffer<&[u8]>) -> Option<String> {
    if reply.flags() & NLM_F_ACK_TLVS == 0 {
        return None;
    }
    let attributes = reply.payload().get(ERROR_BYTES..)?;
    NlasIterator::new(attributes)
        .flatten()
        .find(|attribute| attribute.kind() == NLMSGERR_ATTR_MSG)
        .map(|attribute| {
            let text = String::from_utf8_lossy(attribute.value());
            text.trim_end_matches('\0').to_owned()
        })
}
