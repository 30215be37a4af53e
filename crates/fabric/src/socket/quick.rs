//! A small question about one device by `ioctl`, a tenth of what a look by netlink costs: it tells in a
//! walk over thousands that nothing is another. Netlink sockets answer it too (`sock_do_ioctl` in the
//! kernel's `net/socket.c`), for the network namespace they are of.

use std::os::fd::AsFd;

use rustix::net::netdevice::index_to_name;

use super::Socket;

impl Socket {
    /// Whether the device of this index is there and has this name.
    pub(crate) fn has_name(&self, index: u32, name: &str) -> bool {
        index_to_name(self.raw.as_fd(), index).is_ok_and(|found| found == name)
    }
}
