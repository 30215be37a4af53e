//! Netlink as plain bytes, for the peers and for looking on: shares nothing with nova-ve's own.
//!
//! ```text
//! Request (one message) ─▶ Netlink::all, twenty a datagram ─▶ kernel
//! ```

pub mod device;
mod seen;

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use anyhow::{Context, bail};
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, send,
    setsockopt, socket, sockopt,
};

pub use seen::{Device, News};

/// So many requests go to the kernel in one datagram, and are answered by one acknowledgement.
const BATCH: usize = 20;
const BUFFER_BYTES: usize = 64 * 1024;
/// What waits to be read while nobody reads: the news of a large lab.
const WAITING_BYTES: usize = 32 << 20;

const HEADER_BYTES: usize = 16;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_DUMP: u16 = 0x300;
pub const NLM_F_EXCL: u16 = 0x200;
pub const NLM_F_CREATE: u16 = 0x400;
const RTM_GETLINK: u16 = 18;
/// `RTMGRP_LINK`.
const NEWS_OF_LINKS: u32 = 1;

/// One message that is being written.
pub struct Request(Vec<u8>);

impl Request {
    /// `body`: the family's fixed part.
    pub fn new(kind: u16, flags: u16, body: &[u8]) -> Self {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&(flags | NLM_F_REQUEST).to_ne_bytes());
        bytes.extend_from_slice(body);
        Self(bytes)
    }

    pub fn put(mut self, kind: u16, value: &[u8]) -> Self {
        let length = u16::try_from(value.len() + 4).expect("a short attribute");
        self.0.extend_from_slice(&length.to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(value);
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        self
    }

    pub fn put_u32(self, kind: u16, value: u32) -> Self {
        self.put(kind, &value.to_ne_bytes())
    }

    /// Ends with a zero byte, as names and kinds do.
    pub fn put_text(self, kind: u16, text: &str) -> Self {
        self.put(kind, format!("{text}\0").as_bytes())
    }

    /// `head`, then what `inner` puts, as one attribute.
    pub fn put_nest(self, kind: u16, head: &[u8], inner: impl FnOnce(Self) -> Self) -> Self {
        let start = self.0.len();
        let mut all = inner(self.put(kind, head));
        let length = u16::try_from(all.0.len() - start).expect("a short attribute");
        all.0[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        all
    }

    fn finish(mut self, sequence: u32, flags: u16) -> Vec<u8> {
        let length = u32::try_from(self.0.len()).expect("a short message");
        self.0[..4].copy_from_slice(&length.to_ne_bytes());
        self.0[6] |= flags.to_ne_bytes()[0];
        self.0[7] |= flags.to_ne_bytes()[1];
        self.0[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self.0
    }
}

/// A blocking socket in the network namespace it was opened in.
pub struct Netlink {
    socket: OwnedFd,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Netlink {
    pub fn open() -> anyhow::Result<Self> {
        Self::open_with(0)
    }

    /// Hears of every device that comes, changes or goes.
    pub fn listen() -> anyhow::Result<Self> {
        let heard = Self::open_with(NEWS_OF_LINKS)?;
        setsockopt(&heard.socket, sockopt::RcvBufForce, &WAITING_BYTES)?;
        Ok(heard)
    }

    fn open_with(groups: u32) -> anyhow::Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkRoute,
        )
        .context("open a netlink socket")?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        Ok(Self {
            socket,
            sequence: 0,
            buffer: vec![0; BUFFER_BYTES],
        })
    }

    pub fn one(&mut self, request: Request) -> anyhow::Result<()> {
        self.all([request])
    }

    /// The first that is refused ends it.
    pub fn all(&mut self, requests: impl IntoIterator<Item = Request>) -> anyhow::Result<()> {
        let mut requests = requests.into_iter().peekable();
        while requests.peek().is_some() {
            let mut bytes = Vec::new();
            for number in 1..=BATCH {
                let Some(request) = requests.next() else {
                    break;
                };
                let last = number == BATCH || requests.peek().is_none();
                self.sequence += 1;
                bytes.extend(request.finish(self.sequence, if last { NLM_F_ACK } else { 0 }));
            }
            send(self.socket.as_raw_fd(), &bytes, MsgFlags::empty())?;
            self.until_acknowledged()?;
        }
        Ok(())
    }

    fn until_acknowledged(&mut self) -> anyhow::Result<()> {
        let sequence = self.sequence;
        loop {
            let mut done = false;
            self.receive(|kind, number, payload| {
                if kind == NLMSG_ERROR {
                    refused(payload)?;
                    done |= number == sequence;
                }
                Ok(())
            })?;
            if done {
                return Ok(());
            }
        }
    }

    /// Every device of the namespace.
    pub fn devices(&mut self) -> anyhow::Result<Vec<Device>> {
        self.sequence += 1;
        let ask = Request::new(RTM_GETLINK, NLM_F_DUMP, &device::header(0, 0, 0));
        let bytes = ask.finish(self.sequence, 0);
        send(self.socket.as_raw_fd(), &bytes, MsgFlags::empty())?;
        let (mut devices, mut done) = (Vec::new(), false);
        while !done {
            self.receive(|kind, _, payload| {
                if kind == NLMSG_ERROR {
                    refused(payload)?;
                }
                done |= kind == NLMSG_DONE;
                devices.extend(News::read(kind, payload).and_then(News::present));
                Ok(())
            })?;
        }
        Ok(devices)
    }

    /// What comes next, once there is something.
    pub fn news(&mut self) -> anyhow::Result<Vec<News>> {
        let mut news = Vec::new();
        self.receive(|kind, _, payload| {
            news.extend(News::read(kind, payload));
            Ok(())
        })?;
        Ok(news)
    }

    /// One datagram: each message's kind, number and payload.
    fn receive(
        &mut self,
        mut each: impl FnMut(u16, u32, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let length = recv(self.socket.as_raw_fd(), &mut self.buffer, MsgFlags::empty())?;
        let mut rest = &self.buffer[..length];
        while let Some((head, _)) = rest.split_first_chunk::<HEADER_BYTES>() {
            let length = usize::try_from(u32::from_ne_bytes([head[0], head[1], head[2], head[3]]))?;
            let kind = u16::from_ne_bytes([head[4], head[5]]);
            let number = u32::from_ne_bytes([head[8], head[9], head[10], head[11]]);
            let Some(payload) = rest.get(HEADER_BYTES..length) else {
                bail!("the kernel sent half a message");
            };
            each(kind, number, payload)?;
            rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        Ok(())
    }
}

impl AsFd for Netlink {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// An acknowledgement is an error of code 0.
fn refused(payload: &[u8]) -> anyhow::Result<()> {
    let code = payload
        .first_chunk::<4>()
        .context("an error without code")?;
    match i32::from_ne_bytes(*code) {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(-code)).context("the kernel refused a request"),
    }
}
