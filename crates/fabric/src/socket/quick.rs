//! Small questions about one device by `ioctl`, a tenth of what a look by netlink costs: they tell in a
//! walk over thousands that nothing is another. Netlink sockets answer them too (`sock_ioctl` in the
//! kernel's `net/socket.c`), for the network namespace they are of.

use std::io;
use std::os::fd::AsFd;

use rustix::ioctl::{Opcode, Updater, ioctl};
use rustix::net::netdevice::index_to_name;

use super::Socket;

/// Most bridges have two ports, and the kernel gives each port the lowest number that is free.
const FEW: usize = 64;
/// The kernel's `BR_MAX_PORTS`.
const ALL: usize = 1024;
/// Its `SIOCDEVPRIVATE`, and of what a bridge answers there, `BRCTL_GET_PORT_LIST`.
const OF_DEVICE: Opcode = 0x89F0;
const PORT_LIST: usize = 7;

/// `struct ifreq` with `ifr_data`.
#[repr(C)]
struct Request {
    name: [u8; 16],
    words: *mut usize,
    rest: [usize; 2],
}

impl Socket {
    /// Whether the device of this index is there and has this name.
    pub(crate) fn has_name(&self, index: u32, name: &str) -> bool {
        index_to_name(self.raw.as_fd(), index).is_ok_and(|found| found == name)
    }

    /// Indexes of the devices in the bridge of this name.
    pub(crate) fn in_bridge(&self, bridge: &str) -> io::Result<Vec<u32>> {
        let mut few = [0; FEW];
        self.list_ports(bridge, &mut few)?;
        if few.last() == Some(&0) {
            return Ok(few.into_iter().filter(|index| *index != 0).collect());
        }
        let mut all = vec![0; ALL];
        self.list_ports(bridge, &mut all)?;
        all.retain(|index| *index != 0);
        Ok(all)
    }

    /// By port number, which begins at one; 0 where there is no port.
    #[expect(unsafe_code, reason = "this old question has no safe form")]
    fn list_ports(&self, bridge: &str, ports: &mut [u32]) -> io::Result<()> {
        let mut name = [0; 16];
        // The last byte stays zero.
        let place = name[..15].get_mut(..bridge.len());
        place
            .ok_or(io::ErrorKind::InvalidInput)?
            .copy_from_slice(bridge.as_bytes());
        let mut words = [PORT_LIST, ports.as_mut_ptr() as usize, ports.len(), 0];
        let mut request = Request {
            name,
            words: words.as_mut_ptr(),
            rest: [0; 2],
        };
        // SAFETY: the kernel reads one `ifreq` and four words, and writes at most as many numbers as
        // there are places for.
        unsafe {
            ioctl(
                self.raw.as_fd(),
                Updater::<OF_DEVICE, Request>::new(&mut request),
            )?;
        }
        Ok(())
    }
}
