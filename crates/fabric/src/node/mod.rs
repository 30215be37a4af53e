//! Inside a node: one netlink socket in its network namespace, made once and kept.
//!
//! What we set carries our mark (address protocol and route protocol `0x4e`), and only what carries
//! it is ever taken away again: addresses and routes that a person or a routing daemon set inside
//! the node stay. (Kernels before 5.18 know no mark on addresses: there none is taken away.)

mod addresses;
mod configure;
mod news;
mod routes;

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use model::lab::{Address, Mac};
use model::seen::InnerSeen;
use model::spec::{InterfaceSpec, RouteSpec};
use rustix::io::Errno;

use crate::error::{Error, Outcome, Result};
use crate::host::port::PortWanted;
use crate::socket::{Change, Reply, Socket};
use crate::thread;
use crate::wire::address::{self, AddressSeen};
use crate::wire::device::{self, Device, FRESH_GROUP};
use crate::wire::stats;
use news::News;

/// Acts inside one node. Cheap to clone; keep one for each node, and drop it when the node stops: it
/// keeps the node's network namespace alive, and so the node's ports.
#[derive(Clone)]
pub struct NodeNet {
    netns: Arc<OwnedFd>,
    inside: Arc<Mutex<Inside>>,
}

/// What the kernel is asked through, and what it said last.
struct Inside {
    socket: Socket,
    news: News,
    /// None where something may have happened since.
    seen: Option<Interfaces>,
    /// Of the devices that were seen last.
    names: BTreeMap<u32, String>,
}

/// A node's devices by name, without `lo`.
pub type Interfaces = Arc<BTreeMap<String, InnerSeen>>;

impl NodeNet {
    /// Takes the node's network namespace, as of `/proc/PID/ns/net`.
    pub async fn open(netns: OwnedFd) -> Result<Self> {
        let opening = tokio::task::spawn_blocking(move || Self::open_blocking(netns));
        opening.await.map_err(|_| Error::ThreadEnded)?
    }

    pub(crate) fn open_blocking(netns: OwnedFd) -> Result<Self> {
        let entering = netns.try_clone().map_err(Error::Namespace)?;
        let inside = thread::inside(entering, Inside::open).map_err(Error::Namespace)??;
        Ok(Self {
            netns: Arc::new(netns),
            inside: Arc::new(Mutex::new(inside)),
        })
    }

    /// The node's devices by name, without `lo`. Nothing is asked where nothing happened.
    pub async fn observe(&self) -> Result<BTreeMap<String, InnerSeen>> {
        self.run(Inside::observe).await.map(Arc::unwrap_or_clone)
    }

    /// Whether all that was seen is there still, and nothing else, whatever was heard: for the walk that
    /// trusts no event. Where one node is not as it was the next observation looks at all.
    pub async fn walk_all<T: Send + 'static>(nodes: Vec<(T, Self)>) -> Result<()> {
        let walk = move || {
            let stand = nodes.iter().filter(|(_, node)| node.with(Inside::walk));
            if stand.count() < nodes.len() {
                for (_, node) in nodes {
                    node.with(|inside| inside.seen = None);
                }
            }
        };
        let running = tokio::task::spawn_blocking(walk);
        running.await.map_err(|_| Error::ThreadEnded)
    }

    /// Many nodes, each by itself, in one go.
    pub async fn observe_all<T: Send + 'static>(
        nodes: Vec<(T, Self)>,
    ) -> Result<Vec<(T, Result<Interfaces>)>> {
        let observe = move || {
            let each = nodes.into_iter();
            each.map(|(id, node)| (id, node.with(Inside::observe)))
                .collect()
        };
        let running = tokio::task::spawn_blocking(observe);
        running.await.map_err(|_| Error::ThreadEnded)
    }

    /// Raises one interface, `lo` as any other.
    pub async fn ensure_up(&self, name: &str) -> Result<()> {
        let name = name.to_owned();
        self.run(move |inside| inside.ensure_up(&name)).await
    }

    /// The interface has these addresses, and of those we once set no other.
    pub async fn ensure_addresses(&self, name: &str, wanted: &[Address]) -> Result<()> {
        let (name, wanted) = (name.to_owned(), wanted.to_vec());
        self.run(move |inside| inside.ensure_addresses(&name, &wanted))
            .await
    }

    /// The node has these routes, and of those we once set no other. What cannot be set now is told
    /// as a sentence for each: a route may wait for an interface that is not linked.
    pub async fn ensure_routes(
        &self,
        gateways: &[IpAddr],
        routes: &[RouteSpec],
    ) -> Result<Vec<String>> {
        let wanted = routes::all(gateways, routes);
        self.run(move |inside| inside.ensure_routes(&wanted)).await
    }

    /// `lo` and every interface that is there up, with addresses, then the routes. What need not keep
    /// the node from starting is told as sentences.
    pub async fn configure(
        &self,
        interfaces: &[InterfaceSpec],
        gateways: &[IpAddr],
        routes: &[RouteSpec],
    ) -> Result<Vec<String>> {
        let interfaces = interfaces.to_vec();
        let wanted = routes::all(gateways, routes);
        self.run(move |inside| inside.configure(&interfaces, &wanted, true))
            .await
    }

    /// One interface up, with addresses, and the routes that were waiting for it; no other interface
    /// of the node is touched.
    pub async fn configure_interface(
        &self,
        interface: &InterfaceSpec,
        gateways: &[IpAddr],
        routes: &[RouteSpec],
    ) -> Result<Vec<String>> {
        let interface = interface.clone();
        let wanted = routes::all(gateways, routes);
        self.run(move |inside| inside.configure(std::slice::from_ref(&interface), &wanted, false))
            .await
    }

    /// How many requests of any kind the node's socket sent.
    #[doc(hidden)]
    pub async fn requests_made(&self) -> Result<u32> {
        self.run(|inside| Ok(inside.socket.requests_made())).await
    }

    /// How many requests the kernel took that change something.
    #[doc(hidden)]
    pub async fn changes_made(&self) -> Result<u64> {
        self.run(|inside| Ok(inside.socket.changes_made)).await
    }

    pub(crate) fn netns(&self) -> &OwnedFd {
        &self.netns
    }

    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Inside) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let node = self.clone();
        let running = tokio::task::spawn_blocking(move || node.with(job));
        running.await.map_err(|_| Error::ThreadEnded)?
    }

    fn with<T>(&self, job: impl FnOnce(&mut Inside) -> T) -> T {
        // A request that panicked half-way leaves at worst unread answers, which carry its number.
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        job(&mut inside)
    }

    // ---- for fabric's own thread, beside the host's end ----

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inside, &other.inside)
    }

    /// Raises interfaces that were just made; one outcome for each.
    pub(crate) fn raise_new<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<Vec<Result<()>>> {
        let names: Vec<&str> = names.into_iter().collect();
        let raising = names
            .iter()
            .map(|name| Change::set(device::raise_by_name(name)));
        let answers = self.with(|inside| {
            let answers = inside.socket.change_all(raising);
            answers.on("raise interfaces")
        })?;
        let outcome =
            |(name, answer): (&&str, Reply<()>)| answer.on(format_args!("raise interface {name}"));
        Ok(names.iter().zip(answers).map(outcome).collect())
    }

    /// The other end of a host end, when it lies in this namespace, whose number is `number`.
    pub(crate) fn peer_of(&self, host_end: &Device, number: Option<i32>) -> Result<Option<Device>> {
        match (host_end.peer_index, number) {
            (Some(index), Some(number)) if host_end.peer_nsid == Some(number) => {
                self.with(|inside| inside.find_index(index))
            }
            _ => Ok(None),
        }
    }

    /// Deletes the node's end of a port whose host end is no more in our namespace. False: what has the
    /// name is no such end.
    pub(crate) fn remove_left(&self, name: &str, mac: Mac) -> Result<bool> {
        self.with(|inside| inside.remove_left(name, mac))
    }

    pub(crate) fn set_right(&self, inner: &Device, wanted: &PortWanted) -> Result<()> {
        self.with(|inside| inside.set_right(inner, wanted))
    }
}

impl Inside {
    /// In the network namespace of the calling thread.
    fn open() -> Result<Self> {
        Ok(Self {
            news: News::open().map_err(Error::Open)?,
            socket: Socket::open()?,
            seen: None,
            names: BTreeMap::new(),
        })
    }

    /// What happens while it is looked at is news again.
    fn observe(&mut self) -> Result<Interfaces> {
        let any = self.news.any().map_err(|source| Error::Channel {
            act: "hear what happens inside the node".into(),
            source,
        })?;
        if let Some(seen) = self.seen.as_ref().filter(|_| !any) {
            return Ok(seen.clone());
        }
        self.seen = None;
        let seen = Arc::new(self.look()?);
        self.seen = Some(seen.clone());
        Ok(seen)
    }

    /// Whether there are the same devices under the same names; else the next observation looks at
    /// everything.
    fn walk(&mut self) -> bool {
        // It is looked at anyway.
        let stands = self.seen.is_none() || self.stands();
        if !stands {
            self.seen = None;
        }
        stands
    }

    fn stands(&mut self) -> bool {
        let found = self.socket.dump(&stats::get_indexes(), stats::read_index);
        let Ok(found) = found else { return false };
        let there = found.iter().all(|index| self.names.contains_key(index));
        let same = |(index, name): (&u32, &String)| self.socket.has_name(*index, name);
        there && self.names.iter().all(same)
    }

    fn devices(&mut self) -> Result<Vec<Device>> {
        let devices = self.socket.dump(&device::get_all(), Device::read);
        devices.on("look at the node's devices")
    }

    fn look(&mut self) -> Result<BTreeMap<String, InnerSeen>> {
        let devices = self.devices()?;
        let names = devices.iter();
        self.names = names
            .map(|device| (device.index, device.name.clone()))
            .collect();
        let addresses = self.addresses()?;
        let seen = |device: Device| {
            let mine = addresses.iter().filter(|seen| seen.index == device.index);
            let inner = InnerSeen {
                mac: device.mac?,
                mtu: device.mtu,
                admin_up: device.admin_up,
                addresses: mine.map(|seen| seen.address).collect(),
                fresh: device.group == FRESH_GROUP,
                leads_out: device.peer_nsid.is_some(),
            };
            (device.name != "lo").then_some((device.name, inner))
        };
        Ok(devices.into_iter().filter_map(seen).collect())
    }

    fn addresses(&mut self) -> Result<Vec<AddressSeen>> {
        let found = self.socket.dump(&address::get_all(), AddressSeen::read);
        found.on("look at the node's addresses")
    }

    fn find(&mut self, name: &str) -> Result<Option<Device>> {
        match self.socket.get(device::get_by_name(name), Device::read) {
            Err(failure) if failure.is(Errno::NODEV) => Ok(None),
            answer => answer.on(format_args!("look for interface {name}")),
        }
    }

    fn find_ours(&mut self, name: &str) -> Result<Device> {
        self.find(name)?.ok_or_else(|| Error::Missing {
            name: format!("interface {name}"),
        })
    }

    fn find_index(&mut self, index: u32) -> Result<Option<Device>> {
        match self.socket.get(device::get_by_index(index), Device::read) {
            Err(failure) if failure.is(Errno::NODEV) => Ok(None),
            answer => answer.on(format_args!("look for interface {index}")),
        }
    }

    fn remove_left(&mut self, name: &str, mac: Mac) -> Result<bool> {
        let found = self.find(name)?;
        let is_it = |device: &Device| device.mac == Some(mac) && device.peer_nsid.is_some();
        let Some(left) = found.filter(is_it) else {
            return Ok(false);
        };
        let outcome = self.socket.change(device::delete(left.index), 0);
        outcome.on(format_args!("delete interface {name}"))?;
        Ok(true)
    }

    fn ensure_up(&mut self, name: &str) -> Result<()> {
        let found = self.find_ours(name)?;
        self.raise(&found)
    }

    fn raise(&mut self, device: &Device) -> Result<()> {
        if device.admin_up {
            return Ok(());
        }
        let outcome = self.socket.change(device::set_admin(device.index, true), 0);
        outcome.on(format_args!("raise interface {}", device.name))
    }

    /// An end that was never raised is raised: whoever made it did not come so far. One that was, and
    /// is down now, was shut inside the node, and stays so.
    fn set_right(&mut self, inner: &Device, wanted: &PortWanted) -> Result<()> {
        let name = &inner.name;
        if inner.mac != Some(wanted.mac) {
            let setting = device::set_mac(inner.index, wanted.mac);
            let outcome = self.socket.change(setting, 0);
            outcome.on(format_args!("set the address of interface {name}"))?;
        }
        if inner.mtu != wanted.mtu {
            let setting = device::set_mtu(inner.index, wanted.mtu);
            let outcome = self.socket.change(setting, 0);
            outcome.on(format_args!("set the MTU of interface {name}"))?;
        }
        if inner.carrier_up_count == 0 {
            self.raise(inner)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for NodeNet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeNet")
            .field("netns", &self.netns)
            .finish_non_exhaustive()
    }
}

impl TryFrom<std::fs::File> for NodeNet {
    type Error = io::Error;

    /// For callers that are no async task: `File::open("/proc/PID/ns/net")?.try_into()`.
    fn try_from(netns: std::fs::File) -> io::Result<Self> {
        Self::open_blocking(netns.into()).map_err(io::Error::other)
    }
}
