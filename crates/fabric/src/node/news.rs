//! Whether anything happened inside a node since it was looked at.

use std::io;

use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{Socket as Raw, SocketAddr};
use rustix::io::Errno;

use crate::socket::retry_interrupted;

const RTNLGRP_LINK: u32 = 1;
const RTNLGRP_IPV4_IFADDR: u32 = 5;
const RTNLGRP_IPV6_IFADDR: u32 = 9;

/// A socket that hears of the node's devices and addresses. What it hears is not read further: it is
/// looked at again.
pub(super) struct News(Raw);

impl News {
    /// In the network namespace of the calling thread.
    pub(super) fn open() -> io::Result<Self> {
        let mut raw = Raw::new(NETLINK_ROUTE)?;
        raw.bind(&SocketAddr::new(0, 0))?;
        raw.set_non_blocking(true)?;
        for group in [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR] {
            raw.add_membership(group)?;
        }
        Ok(Self(raw))
    }

    /// Empties the queue; events that were lost are news too.
    pub(super) fn any(&mut self) -> io::Result<bool> {
        let (mut any, mut head) = (false, [0_u8; 16]);
        loop {
            match retry_interrupted(|| self.0.recv(&mut &mut head[..], 0)) {
                Ok(_) => any = true,
                Err(error) if error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => {
                    any = true;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(any),
                Err(error) => return Err(error),
            }
        }
    }
}
