//! What happens to our devices, as it happens: the kernel's own events, in our words.
//!
//! Events are told in order and may be told twice; they wake somebody who then looks, or they carry
//! the whole state of a host end, which is enough for the carrier follower. When the kernel had to
//! drop events, that is told as [`LinkChange::Resync`]: look at everything.

use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// Something that is none of the lab's by name joined or left a bridge of the lab, or a device of
    /// the lab was renamed.
    Stranger { lab: LabHash },
    /// Events were lost.
    Resync,
}

/// The events from the moment it was opened.
pub struct LinkWatch {
    socket: TokioSocket,
    buffer: Vec<u8>,
    ready: VecDeque<LinkChange>,
    lookout: Lookout,
    /// For tests: nothing is heard.
    deaf: Arc<AtomicBool>,
}

/// What tells whether a device that is none of ours by name concerns a lab. By index.
#[derive(Default)]
struct Lookout {
    bridges: BTreeMap<u32, LabHash>,
    /// Strangers in them.
    members: BTreeMap<u32, LabHash>,
}

impl LinkWatch {
    pub(crate) async fn open(worker: &Worker) -> Result<Self> {
        let runtime = Handle::current();
        let opening = worker.run(move |host| {
            let socket = listen(&runtime).map_err(Error::Open)?;
            let (bridges, members) = host.bridges_and_strangers()?;
            Ok((socket, Lookout { bridges, members }, host.deaf().clone()))
        });
        let (socket, lookout, deaf) = opening.await?;
        Ok(Self {
            socket,
            buffer: vec![0; BUFFER_BYTES],
            ready: VecDeque::new(),
            lookout,
            deaf,
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
        let Self { socket, buffer, .. } = &mut *self;
        let received = poll_fn(|context| {
            let mut rest = &mut buffer[..];
            let outcome = ready!(socket.poll_recv(context, &mut rest));
            Poll::Ready(outcome.map(|()| rest.len()))
        });
        match received.await {
            Ok(unused) => {
                let length = self.buffer.len() - unused;
                if !self.deaf.load(Ordering::Relaxed) {
                    let events = crate::socket::messages(&self.buffer[..length]);
                    let lookout = &mut self.lookout;
                    let changes = events.flat_map(|event| lookout.read(&event));
                    self.ready.extend(changes);
                }
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

impl Lookout {
    fn read(&mut self, message: &NetlinkBuffer<&[u8]>) -> Vec<LinkChange> {
        let present = match message.message_type() {
            RTM_NEWLINK => true,
            RTM_DELLINK => false,
            _ => return Vec::new(),
        };
        let payload = message.payload();
        // A bridge tells its ports' bridge state in messages of the same type, family AF_BRIDGE, also
        // when a port only leaves it: they are about the bridge port, not the device.
        if payload.first() != Some(&0) {
            return Vec::new();
        }
        let Some(device) = Device::read(payload) else {
            return Vec::new();
        };
        let name = DeviceName::parse(&device.name);
        let own = name.filter(|name| device.group == name.group());
        let mut changes = self.concerned(own, &device, present);
        changes.extend(own.map(|name| change(name, &device, present)));
        changes
    }

    /// Labs that this device is, was or becomes a stranger in.
    fn concerned(
        &mut self,
        own: Option<DeviceName>,
        device: &Device,
        present: bool,
    ) -> Vec<LinkChange> {
        let index = device.index;
        let before = self.members.remove(&index);
        // Its name was one of the lab's when it was made.
        let renamed = own
            .is_none()
            .then(|| LabHash::of_group(device.group))
            .flatten();
        match own {
            Some(DeviceName::Bridge(lab, _)) if present => {
                self.bridges.insert(index, lab);
            }
            _ if renamed.is_none() || !present => _ = self.bridges.remove(&index),
            _ => {}
        }
        let master = device.master.filter(|_| present);
        let joined = master.and_then(|master| self.bridges.get(&master)).copied();
        let joined = joined.filter(|lab| own.is_none_or(|name| name.hash() != *lab));
        self.members.extend(joined.map(|lab| (index, lab)));
        // While it stays where it is, nothing that happens to it concerns the lab.
        let moved = [before, joined].into_iter().filter(|_| before != joined);
        let labs = moved.flatten().chain(renamed);
        labs.map(|lab| LinkChange::Stranger { lab }).collect()
    }
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
