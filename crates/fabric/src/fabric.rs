//! The handle that the agent holds: each act becomes one job of fabric's thread.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::BorrowedFd;
use std::sync::atomic::Ordering;

use ipnet::IpNet;
use model::id::NetworkId;
use model::names::{LabHash, Names};
use model::seen::PortId;

use crate::error::{Error, Result};
use crate::host::gate::Gate;
use crate::host::observe::{Counters, HostDevices, LabDevices};
use crate::host::port::PortWanted;
use crate::host::reach::{self, Reached};
use crate::host::{Host, bridge, gateway, observe, port, redirect, uplink};
use crate::node::NodeNet;
use crate::thread::Worker;
use crate::watch::LinkWatch;

type BridgeAct = fn(&mut Host, &Names, &[NetworkId]) -> Result<Vec<Result<()>>>;

/// Deleting a bridge costs the kernel about 16 ms under its network lock, so that nobody else's
/// request waits longer than five of them.
const BRIDGES_A_JOB: usize = 5;

/// Of a lab's many, so that a node that starts does not wait for all of them.
const CHANGES_A_JOB: usize = 32;

/// Acts on the host's side of every lab, in one network namespace. Cheap to clone.
#[derive(Clone)]
pub struct Fabric {
    worker: Worker,
}

impl Fabric {
    /// In the network namespace of the calling thread.
    pub fn open() -> Result<Self> {
        Ok(Self {
            worker: Worker::start(None)?,
        })
    }

    /// In another network namespace.
    pub fn open_in(netns: BorrowedFd<'_>) -> Result<Self> {
        let netns = netns.try_clone_to_owned().map_err(Error::Namespace)?;
        Ok(Self {
            worker: Worker::start(Some(netns))?,
        })
    }

    /// Lab networks are closed to the host: see `host/closing.rs`. Cheap when nothing has changed;
    /// whether the rules had to be set.
    pub async fn ensure_closed(&self) -> Result<bool> {
        self.worker.run(|host| host.closing.ensure()).await
    }

    /// The networks that the host is on, of all labs: what passes there, and nothing else does.
    pub async fn set_gates(&self, gates: Vec<Gate>) -> Result<()> {
        self.worker
            .run(move |host| host.closing.set_gates(gates))
            .await
    }

    /// The host has these addresses on the network, whose bridge must be there, and no others; the
    /// bridge's index, which another bridge of that name would not have.
    pub async fn ensure_gateway(
        &self,
        names: &Names,
        network: NetworkId,
        addresses: Vec<IpNet>,
    ) -> Result<u32> {
        let names = names.clone();
        self.worker
            .run(move |host| gateway::ensure(host, &names, network, &addresses))
            .await
    }

    /// The host has no address on the network.
    pub async fn remove_gateway(&self, names: &Names, network: NetworkId) -> Result<()> {
        let names = names.clone();
        self.worker
            .run(move |host| gateway::remove(host, &names, network))
            .await
    }

    /// This host forwards packets, of IPv6 or of IPv4; whether that was switched on just now.
    pub async fn ensure_forwarding(&self, is_v6: bool) -> Result<bool> {
        self.worker
            .run(move |_| gateway::ensure_forwarding(is_v6))
            .await
    }

    /// What the host has routes and addresses to, by which device.
    pub async fn reached(&self) -> Result<Vec<Reached>> {
        self.worker.run(reach::observe).await
    }

    /// Takes those rules away, when nothing of ours is left.
    pub async fn remove_closing(&self) -> Result<()> {
        self.worker.run(|host| host.closing.remove()).await
    }

    /// Every device of ours, of all labs.
    pub async fn observe(&self) -> Result<HostDevices> {
        self.worker.run(observe::observe).await
    }

    /// One lab's devices. Cheap where nothing has changed: no device is asked for.
    pub async fn observe_lab(&self, names: &Names) -> Result<LabDevices> {
        let names = names.clone();
        self.worker
            .run(move |host| observe::observe_lab(host, &names))
            .await
    }

    /// The same of some ports and networks alone; no stranger is looked for.
    pub async fn observe_part(
        &self,
        names: &Names,
        ports: BTreeSet<PortId>,
        networks: BTreeSet<NetworkId>,
    ) -> Result<LabDevices> {
        let names = names.clone();
        self.worker
            .run(move |host| observe::observe_part(host, &names, &ports, &networks))
            .await
    }

    /// Looks at every device, whatever events told; what is observed next is by this look.
    pub async fn walk(&self) -> Result<()> {
        self.worker.run(Host::walk).await
    }

    /// For tests: nothing that happens is heard any more, here and by watches of links.
    #[doc(hidden)]
    pub async fn deafen(&self) -> Result<()> {
        self.worker
            .run(|host| {
                host.deaf().store(true, Ordering::Relaxed);
                Ok(())
            })
            .await
    }

    /// What went through the ports of all labs.
    pub async fn count(&self) -> Result<BTreeMap<(LabHash, PortId), Counters>> {
        self.worker.run(observe::count).await
    }

    /// The network's bridge: there, up, without STP, IPv6 or snooping, named and marked.
    pub async fn ensure_bridge(&self, names: &Names, network: NetworkId) -> Result<()> {
        only(self.ensure_bridges(names, &[network]).await?)
    }

    /// The same for many, with an outcome for each; letting other work of this handle pass between.
    pub async fn ensure_bridges(
        &self,
        names: &Names,
        networks: &[NetworkId],
    ) -> Result<Vec<Result<()>>> {
        self.bridges(names, networks, bridge::ensure).await
    }

    /// The same, but one that is not there is an error and is not made, nor is a name given back.
    pub async fn mend_bridges(
        &self,
        names: &Names,
        networks: &[NetworkId],
    ) -> Result<Vec<Result<()>>> {
        self.bridges(names, networks, bridge::mend).await
    }

    async fn bridges(
        &self,
        names: &Names,
        networks: &[NetworkId],
        act: BridgeAct,
    ) -> Result<Vec<Result<()>>> {
        let mut outcomes = Vec::new();
        for some in networks.chunks(CHANGES_A_JOB) {
            let (names, some) = (names.clone(), some.to_vec());
            let made = self.worker.run(move |host| act(host, &names, &some));
            outcomes.extend(made.await?);
        }
        Ok(outcomes)
    }

    /// Deletes these bridges of the lab, letting other work of this handle pass between.
    pub async fn remove_bridges(&self, names: &Names, networks: &[NetworkId]) -> Result<()> {
        for some in networks.chunks(BRIDGES_A_JOB) {
            let (names, some) = (names.clone(), some.to_vec());
            self.worker
                .run(move |host| bridge::remove(host, &names, &some))
                .await?;
        }
        Ok(())
    }

    /// The host's interface `wanted` is a port of the network's bridge; one that was joined before is
    /// let go. None: the network has none.
    pub async fn ensure_uplink(
        &self,
        names: &Names,
        network: NetworkId,
        wanted: Option<&str>,
    ) -> Result<()> {
        let (names, wanted) = (names.clone(), wanted.map(str::to_owned));
        self.worker
            .run(move |host| uplink::ensure(host, &names, network, wanted.as_deref()))
            .await
    }

    /// Both ends of a port's veth, each in its place; the node's end is raised when it is made.
    /// The host end's being up or down belongs to [`Fabric::set_admin`] afterwards.
    pub async fn ensure_port(
        &self,
        names: &Names,
        id: PortId,
        wanted: &PortWanted,
        node: &NodeNet,
    ) -> Result<()> {
        let ports = vec![(id, wanted.clone())];
        only(self.ensure_ports(names, ports, node).await?)
    }

    /// The same for many ports of one node, with an outcome for each.
    pub async fn ensure_ports(
        &self,
        names: &Names,
        ports: Vec<(PortId, PortWanted)>,
        node: &NodeNet,
    ) -> Result<Vec<Result<()>>> {
        let of_node = |(id, wanted)| (id, wanted, node.clone());
        let ports = ports.into_iter().map(of_node).collect();
        self.ensure_ports_of(names, ports).await
    }

    /// The same for ports of several nodes: all are made before the first node's end is raised.
    pub async fn ensure_ports_of(
        &self,
        names: &Names,
        ports: Vec<(PortId, PortWanted, NodeNet)>,
    ) -> Result<Vec<Result<()>>> {
        let names = names.clone();
        self.worker
            .run(move |host| port::ensure(host, &names, &ports))
            .await
    }

    /// Deletes a port, both ends of it. A redirect that points to it must have gone before.
    pub async fn remove_port(&self, names: &Names, id: PortId) -> Result<()> {
        let names = names.clone();
        self.worker
            .run(move |host| port::remove(host, &names, id))
            .await
    }

    /// Deletes every port of the lab, by one message when all of the lab's group are ours.
    pub async fn remove_all_ports(&self, names: &Names) -> Result<()> {
        let names = names.clone();
        self.worker
            .run(move |host| port::remove_all(host, &names))
            .await
    }

    /// Makes the host end a port of this bridge, or of none.
    pub async fn set_master(
        &self,
        names: &Names,
        id: PortId,
        master: Option<NetworkId>,
    ) -> Result<()> {
        let names = names.clone();
        self.worker
            .run(move |host| port::set_master(host, &names, id, master))
            .await
    }

    /// Raises or shuts the host end.
    pub async fn set_admin(&self, names: &Names, id: PortId, up: bool) -> Result<()> {
        let names = names.clone();
        self.worker
            .run(move |host| port::set_admin(host, &names, id, up))
            .await
    }

    /// Every frame that enters at `from` leaves at `to`; a stale redirect is replaced.
    pub async fn ensure_redirect(&self, names: &Names, from: PortId, to: PortId) -> Result<()> {
        only(self.ensure_redirects(names, &[(from, to)]).await?)
    }

    /// The same for many pairs, with an outcome for each; letting other work of this handle pass
    /// between.
    pub async fn ensure_redirects(
        &self,
        names: &Names,
        pairs: &[(PortId, PortId)],
    ) -> Result<Vec<Result<()>>> {
        let mut outcomes = Vec::new();
        for some in pairs.chunks(CHANGES_A_JOB) {
            let (names, some) = (names.clone(), some.to_vec());
            let made = self
                .worker
                .run(move |host| redirect::ensure(host, &names, &some));
            outcomes.extend(made.await?);
        }
        Ok(outcomes)
    }

    /// Frames that enter at this port go where its bridge takes them.
    pub async fn remove_redirect(&self, names: &Names, id: PortId) -> Result<()> {
        let names = names.clone();
        self.worker
            .run(move |host| redirect::remove(host, &names, id))
            .await
    }

    /// What happens to our devices from now on.
    pub async fn watch_links(&self) -> Result<LinkWatch> {
        LinkWatch::open(&self.worker).await
    }

    /// How many requests of any kind the host's socket sent.
    #[doc(hidden)]
    pub async fn requests_made(&self) -> Result<u32> {
        self.worker
            .run(|host| Ok(host.socket.requests_made()))
            .await
    }

    /// How many requests the kernel took that change something.
    #[doc(hidden)]
    pub async fn changes_made(&self) -> Result<u64> {
        self.worker.run(|host| Ok(host.socket.changes_made)).await
    }
}

/// Of one that was asked for.
fn only(outcomes: Vec<Result<()>>) -> Result<()> {
    outcomes.into_iter().collect()
}
