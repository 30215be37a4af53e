//! What happens to our devices, as it happens: the kernel's own events, in our words.
//!
//! Events are told in order and may be told twice; they wake somebody who then looks, or they carry
//! the whole state of a host end, which is enough for the carrier follower. When the kernel had to
//! drop events, that is told as [`LinkChange::Resync`]: look at everything.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::task::{Poll, ready};

use model::carrier::EndSeen;
use model::id::NetworkId;
use model::names::{DeviceName, LabHash};
use model::seen::PortId;
use netlink_packet_core::NetlinkBuffer;
use netlink_sys::protocols::NETLINK_ROUTE;
use netlink_sys::{AsyncSocket, SocketAddr, TokioSocket};
use rustix::io::Errno;
use tokio::runtime::Handle;

use crate::error::{Error, Result};
use crate::thread::Worker;
use crate::wire::device::Device;

const RTNLGRP_LINK: u32 = 1;
const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
/// Room for the events of a large lab's start.
const QUEUE_BYTES: usize = 4 << 20;
const BUFFER_BYTES: usize = 64 * 1024;

/// One event about a device of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkChange {
    /// A host end as it now is.
    Port {
        lab: LabHash,
        port: PortId,
        end: EndSeen,
    },
    Bridge {
        lab: LabHash,
        network: NetworkId,
        present: bool,
    },
    /// Events were lost.
    Resync,
}

/// The events from the moment it was opened.
pub struct LinkWatch {
    socket: TokioSocket,
    buffer: Vec<u8>,
    ready: VecDeque<LinkChange>,
}

impl LinkWatch {
    pub(crate) async fn open(worker: &Worker) -> Result<Self> {
        let runtime = Handle::current();
        let socket = worker.run(move |_| listen(&runtime).map_err(Error::Open));
        Ok(Self {
            socket: socket.await?,
            buffer: vec![0; BUFFER_BYTES],
            ready: VecDeque::new(),
        })
    }

    /// The next event. Cancel-safe: what was received waits in `ready` until it is returned.
    pub async fn next(&mut self) -> Result<LinkChange> {
        loop {
            if let Some(change) = self.ready.pop_front() {
                return Ok(change);
            }
            self.receive().await.map_err(|source| Error::Channel {
                act: "listen to the kernel's events".into(),
                source,
            })?;
        }
    }

    async fn receive(&mut self) -> io::Result<()> {
        let Self { socket, buffer, .. } = self;
        let received = poll_fn(|context| {
            let mut rest = &mut buffer[..];
            let outcome = ready!(socket.poll_recv(context, &mut rest));
            Poll::Ready(outcome.map(|()| rest.len()))
        });
        match received.await {
            Ok(unused) => {
                let length = self.buffer.len() - unused;
                self.ready.extend(read(&self.buffer[..length]));
            }
            Err(error) if error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => {
                self.ready.push_back(LinkChange::Resync);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

fn listen(runtime: &Handle) -> io::Result<TokioSocket> {
    let _context = runtime.enter();
    let mut listener = TokioSocket::new(NETLINK_ROUTE)?;
    let socket = listener.socket_mut();
    socket.bind(&SocketAddr::new(0, 0))?;
    crate::socket::widen(socket, QUEUE_BYTES);
    socket.add_membership(RTNLGRP_LINK)?;
    Ok(listener)
}

fn read(datagram: &[u8]) -> impl Iterator<Item = LinkChange> {
    crate::socket::messages(datagram).filter_map(|message| read_change(&message))
}

fn read_change(message: &NetlinkBuffer<&[u8]>) -> Option<LinkChange> {
    let present = match message.message_type() {
        RTM_NEWLINK => true,
        RTM_DELLINK => false,
        _ => return None,
    };
    let payload = message.payload();
    // A bridge tells its ports' bridge state in messages of the same type, family AF_BRIDGE, also
    // when a port only leaves it: they are about the bridge port, not the device.
    if payload.first() != Some(&0) {
        return None;
    }
    let device = Device::read(payload)?;
    let name = DeviceName::parse(&device.name)?;
    (device.group == name.group()).then(|| change(name, &device, present))
}

fn change(name: DeviceName, device: &Device, present: bool) -> LinkChange {
    match name {
        DeviceName::Bridge(lab, network) => LinkChange::Bridge {
            lab,
            network,
            present,
        },
        DeviceName::Port(lab, port) => LinkChange::Port {
            lab,
            port,
            end: end_seen(device, present),
        },
    }
}

fn end_seen(device: &Device, present: bool) -> EndSeen {
    if present {
        EndSeen::Present {
            admin_up: device.admin_up,
            carrier: device.carrier,
        }
    } else {
        EndSeen::Missing
    }
}
