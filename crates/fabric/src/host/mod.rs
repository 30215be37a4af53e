//! The host's side: what fabric's thread does with its one socket.

pub mod bridge;
mod closing;
mod ipv6;
pub mod observe;
pub mod port;
pub mod redirect;
pub mod uplink;

use model::names::DeviceName;
use rustix::io::Errno;

use crate::error::{Error, Outcome, Result, tolerate};
use crate::socket::Socket;
use crate::wire::device::{self, Device};
use closing::Closing;
use ipv6::Ipv6;

/// Owned by fabric's thread, in the network namespace it stands in.
pub(crate) struct Host {
    pub(crate) socket: Socket,
    pub(crate) closing: Closing,
    ipv6: Ipv6,
}

impl Host {
    pub(crate) fn open() -> Result<Self> {
        Ok(Self {
            socket: Socket::open()?,
            closing: Closing::default(),
            ipv6: Ipv6::off_by_default_where_it_is_ours(),
        })
    }

    /// The device of this name; an error when there is one that is not ours.
    fn find(&mut self, name: DeviceName) -> Result<Option<Device>> {
        let found = self.find_any(&name.to_string())?;
        match found {
            Some(device) if !is_ours(&device, name) => Err(Error::Foreign {
                name: name.to_string(),
            }),
            found => Ok(found),
        }
    }

    fn find_ours(&mut self, name: DeviceName) -> Result<Device> {
        self.find(name)?.ok_or_else(|| Error::Missing {
            name: name.to_string(),
        })
    }

    fn find_any(&mut self, name: &str) -> Result<Option<Device>> {
        match self.socket.get(device::get_by_name(name), Device::read) {
            Err(failure) if failure.is(Errno::NODEV) => Ok(None),
            answer => answer.on(format_args!("look for {name}")),
        }
    }

    /// That it is gone already is fine.
    fn delete(&mut self, device: &Device) -> Result<()> {
        let outcome = self.socket.change(device::delete(device.index), 0);
        tolerate(outcome, &[Errno::NODEV]).on(format_args!("delete {}", device.name))
    }
}

/// The name is ours and so is the group. (A look-up by name also answers to foreign altnames.)
fn is_ours(device: &Device, name: DeviceName) -> bool {
    device.group == name.group() && device.name == name.to_string()
}
