//! Which kernel features that labs need are there, by trying each in a namespace thrown away
//! afterwards: a module that is not loaded is loaded by the trying where the kernel may.

use std::collections::BTreeMap;
use std::fmt;
use std::os::fd::{AsFd, AsRawFd};

use model::lab::Mac;
use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};
use netlink_packet_route::RouteNetlinkMessage;

use crate::error::{Error, Outcome, Result};
use crate::scratch::Namespace;
use crate::socket::Socket;
use crate::wire::device::{self, Device, Indexes, VethPair};
use crate::wire::{qdisc, redirect};

/// What labs are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Feature {
    /// Pairs of devices across namespaces: every interface of a node.
    Veth,
    Bridge,
    /// clsact, u32 and mirred: transparent links.
    Redirect,
    /// Delay, loss and the like on a link.
    Netem,
    /// A link's rate.
    Tbf,
    Vlan,
    Vrf,
    Vxlan,
}

impl Feature {
    pub const ALL: [Self; 8] = [
        Self::Veth,
        Self::Bridge,
        Self::Redirect,
        Self::Netem,
        Self::Tbf,
        Self::Vlan,
        Self::Vrf,
        Self::Vxlan,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Veth => "veth",
            Self::Bridge => "bridge",
            Self::Redirect => "redirect",
            Self::Netem => "netem",
            Self::Tbf => "tbf",
            Self::Vlan => "vlan",
            Self::Vrf => "vrf",
            Self::Vxlan => "vxlan",
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// For each feature nothing when it works, else what the kernel said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KernelFeatures(pub BTreeMap<Feature, Option<String>>);

impl KernelFeatures {
    pub fn has(&self, feature: Feature) -> bool {
        self.0.get(&feature).is_some_and(Option::is_none)
    }
}

/// Tries every feature. An error means that not even a namespace could be made.
pub async fn probe() -> Result<KernelFeatures> {
    let probing = tokio::task::spawn_blocking(probe_blocking);
    probing.await.map_err(|_| Error::ThreadEnded)?
}

fn probe_blocking() -> Result<KernelFeatures> {
    let scratch = Namespace::new()?;
    let node = Namespace::new()?;
    scratch.run(move || try_all(&node))?
}

fn try_all(node: &Namespace) -> Result<KernelFeatures> {
    let mut trial = Trial::start(node)?;
    let tried = Feature::ALL.map(|feature| {
        let outcome = trial.attempt(feature);
        (feature, outcome.err().map(|error| error.to_string()))
    });
    Ok(KernelFeatures(tried.into()))
}

/// A device to hang things on, and what is asked of the kernel.
struct Trial<'a> {
    socket: Socket,
    node: &'a Namespace,
    lo: u32,
}

impl<'a> Trial<'a> {
    fn start(node: &'a Namespace) -> Result<Self> {
        let mut socket = Socket::open()?;
        let lo = socket.get(device::get_by_name("lo"), Device::read);
        let lo = lo.on("look for lo")?.map_or(1, |device| device.index);
        Ok(Self { socket, node, lo })
    }

    fn attempt(&mut self, feature: Feature) -> Result<()> {
        match feature {
            Feature::Veth => {
                let pair = self.veth();
                self.make(pair)
            }
            Feature::Bridge => self.make(device::make_bridge("bridge0", 1)),
            Feature::Redirect => {
                self.make(redirect::make_clsact(self.lo))?;
                self.make(redirect::make_filter(self.lo, self.lo))
            }
            Feature::Netem => self.put(qdisc::make_netem(self.lo)),
            Feature::Tbf => self.put(qdisc::make_tbf(self.lo)),
            Feature::Vlan => self.make(device::make_vlan("vlan0", self.lo)),
            Feature::Vrf => self.make(device::make_vrf("vrf0")),
            Feature::Vxlan => self.make(device::make_vxlan("vxlan0")),
        }
    }

    fn veth(&self) -> RouteNetlinkMessage {
        device::make_veth(&VethPair {
            host_name: "veth0",
            host_mac: Mac([2, 0, 0, 0, 0, 1]),
            group: 1,
            master: None,
            mtu: 1500,
            node_name: "veth0",
            node_mac: Mac([2, 0, 0, 0, 0, 2]),
            node_netns: self.node.as_fd().as_raw_fd(),
            indexes: Indexes::CHOSEN_BY_KERNEL,
        })
    }

    fn make(&mut self, message: RouteNetlinkMessage) -> Result<()> {
        let made = self.socket.change(message, NLM_F_CREATE | NLM_F_EXCL);
        made.on("try it")
    }

    /// In the place of what was tried there before.
    fn put(&mut self, message: RouteNetlinkMessage) -> Result<()> {
        let made = self.socket.change(message, NLM_F_CREATE | NLM_F_REPLACE);
        made.on("try it")
    }
}
