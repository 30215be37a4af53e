//! The kernel's events about devices and their filters, as the mirror wants them.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netlink_packet_core::NetlinkBuffer;
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket as Raw, SocketAddr};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::socket::{messages, retry_interrupted};
use crate::wire::device::Device;
use crate::wire::read::u32_at;

const RTNLGRP_LINK: u32 = 1;
const RTNLGRP_TC: u32 = 4;
const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWQDISC: u16 = 36;
const RTM_DELQDISC: u16 = 37;
const RTM_NEWTFILTER: u16 = 44;
const RTM_DELTFILTER: u16 = 45;
const RTM_NEWCHAIN: u16 = 100;
const RTM_DELCHAIN: u16 = 101;
/// Room for what happens between two jobs of fabric's thread.
const QUEUE_BYTES: usize = 8 << 20;
const BUFFER_BYTES: usize = 64 * 1024;

pub(super) enum Told {
    Device(Box<Device>),
    Gone(u32),
    /// Somebody else changed something about this device's filters.
    Filters(u32),
    /// Some events did not reach us.
    Lost,
}

pub(super) struct Events {
    raw: Raw,
    own: u32,
    buffer: Vec<u8>,
    /// For tests: nothing is heard.
    deaf: Arc<AtomicBool>,
}

impl Events {
    pub(super) fn open(own: u32) -> Result<Self> {
        let open = || -> io::Result<Raw> {
            let mut raw = Raw::new(NETLINK_ROUTE)?;
            raw.bind(&SocketAddr::new(0, 0))?;
            raw.set_non_blocking(true)?;
            crate::socket::widen(&raw, QUEUE_BYTES);
            raw.add_membership(RTNLGRP_LINK)?;
            raw.add_membership(RTNLGRP_TC)?;
            Ok(raw)
        };
        Ok(Self {
            raw: open().map_err(Error::Open)?,
            own,
            buffer: vec![0; BUFFER_BYTES],
            deaf: Arc::default(),
        })
    }

    pub(super) fn deaf(&self) -> &Arc<AtomicBool> {
        &self.deaf
    }

    /// All that wait.
    pub(super) fn drain(&mut self) -> Result<Vec<Told>> {
        let mut told = Vec::new();
        if self.deaf.load(Ordering::Relaxed) {
            return Ok(told);
        }
        loop {
            let received = retry_interrupted(|| self.raw.recv(&mut &mut self.buffer[..], 0));
            match received {
                Ok(length) => {
                    let own = self.own;
                    let events = messages(&self.buffer[..length]);
                    told.extend(events.filter_map(|event| read(&event, own)));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(told),
                Err(error) if error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => {
                    told.push(Told::Lost);
                }
                Err(source) => {
                    return Err(Error::Channel {
                        act: "listen to the kernel's events".into(),
                        source,
                    });
                }
            }
        }
    }
}

/// What we change at filters ourselves is known without being told.
fn read(event: &NetlinkBuffer<&[u8]>, own: u32) -> Option<Told> {
    let payload = event.payload();
    match event.message_type() {
        // Of another family than 0 it is about a bridge's port, not the device.
        RTM_NEWLINK | RTM_DELLINK if payload.first() != Some(&0) => None,
        RTM_NEWLINK => Device::read(payload).map(|device| Told::Device(Box::new(device))),
        RTM_DELLINK => u32_at(payload, 4).map(Told::Gone),
        RTM_NEWQDISC | RTM_DELQDISC | RTM_NEWTFILTER | RTM_DELTFILTER | RTM_NEWCHAIN
        | RTM_DELCHAIN
            if event.port_number() != own =>
        {
            u32_at(payload, 4).map(Told::Filters)
        }
        _ => None,
    }
}
