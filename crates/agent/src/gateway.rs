//! Networks that this host is on, of all labs: which subnet each has, what was made of it, what serves it.
//!
//! ```text
//! (unknown) ─choose─▶ chosen ─ensure─▶ made, stands ─the server died, the walk doubts─▶ made
//!     │ taken by somebody                  ▲                                              │
//!     ▼                                    └───────────────────ensure─────────────────────┘
//! refused: closed, tried again
//! ```
//! Entered by `lab/gateway.rs`, which acts for one lab. What was chosen and made is written down in the
//! lab's own folder (`book`), so that it is the same after a restart; that it stands is known of this
//! agent's life alone. A book that is lost costs the choice, nothing else.

mod book;
pub mod choose;
mod config;
mod files;
mod launch;
pub mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use fabric::{Fabric, Gate, Reached};
use ipnet::IpNet;
use model::lab::{Gateway, Subnet};
use model::names::Names;
use model::networks::{Chosen, Subnets};
use model::seen::{BridgeSeen, GatewaySeen};
use model::spec::{LabSpec, NetworkSpec};
use model::status::NetworkStatus;
use model::{InstanceId, LabId, NetworkId};
use tokio::sync::Notify;

use choose::{Pools, Taken};

pub use files::Contents;
pub use launch::launch;
pub use server::Server;

/// What the agent goes by in all of them.
pub struct Settings {
    /// A folder for each lab.
    pub folder: PathBuf,
    pub instance: InstanceId,
    pub pools: Pools,
    /// The agent's own program, which starts the servers; none: there are none.
    pub program: Option<PathBuf>,
    /// Each in a systemd scope of its own.
    pub scopes: bool,
    /// The agent's "host" is a network namespace of its own: nothing is beyond it.
    pub own_network: bool,
}

pub struct Gateways {
    pub settings: Settings,
    labs: Mutex<BTreeMap<LabId, BTreeMap<NetworkId, Kept>>>,
    /// Another number for other subnets.
    version: AtomicU64,
    /// Two labs never choose at the same time.
    choosing: tokio::sync::Mutex<()>,
    /// The kernel gets the gates in the order in which they were made.
    opening: tokio::sync::Mutex<()>,
}

/// One network.
#[derive(Default)]
struct Kept {
    chosen: Chosen,
    /// What was made of it last: absent while nothing of the host is there.
    made: Option<Gateway>,
    /// The wish that `chosen` answers, in this agent's life.
    answers: Option<[Option<Subnet>; 2]>,
    /// `network lan of the lab x`.
    title: String,
    /// Why it has none.
    refused: String,
    /// The index of the bridge on which all of it was found right.
    stands_on: Option<u32>,
    /// What it does not serve, and why.
    notes: Vec<String>,
    server: Option<Server>,
    wake: Option<Arc<Notify>>,
}

impl Kept {
    fn is_settled(&self, gateway: &Gateway) -> bool {
        self.answers == Some(wish_of(gateway)) && self.refused.is_empty()
    }
}

fn wish_of(gateway: &Gateway) -> [Option<Subnet>; 2] {
    [gateway.ipv4, gateway.ipv6]
}

impl Gateways {
    /// With what an earlier agent wrote down.
    pub fn open(settings: Settings) -> Self {
        let labs = book::read_all(&settings.folder);
        let kept = |page: book::Page| Kept {
            chosen: page.chosen,
            made: page.made,
            title: page.title,
            ..Kept::default()
        };
        let of_lab = |pages: book::Pages| {
            let pages = pages.into_iter();
            pages.map(|(id, page)| (id, kept(page))).collect()
        };
        let labs = labs.into_iter().map(|(lab, pages)| (lab, of_lab(pages)));
        Self {
            labs: Mutex::new(labs.collect()),
            settings,
            version: AtomicU64::new(0),
            choosing: tokio::sync::Mutex::default(),
            opening: tokio::sync::Mutex::default(),
        }
    }

    fn labs(&self) -> MutexGuard<'_, BTreeMap<LabId, BTreeMap<NetworkId, Kept>>> {
        self.labs
            .lock()
            .expect("no holder of this lock panics: it only looks up and sets")
    }

    fn with<T>(&self, lab: LabId, network: NetworkId, act: impl FnOnce(&mut Kept) -> T) -> T {
        let mut labs = self.labs();
        act(labs.entry(lab).or_default().entry(network).or_default())
    }

    /// Another one: subnets are others now.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub fn subnets(&self, lab: LabId) -> Subnets {
        let labs = self.labs();
        let own = labs.get(&lab).into_iter().flatten();
        own.filter(|(_, kept)| kept.refused.is_empty())
            .map(|(id, kept)| (*id, kept.chosen))
            .collect()
    }

    /// Of networks that the host is on, or was put on by an earlier agent.
    pub fn seen(
        &self,
        lab: LabId,
        bridges: &BTreeMap<NetworkId, BridgeSeen>,
    ) -> BTreeMap<NetworkId, GatewaySeen> {
        let labs = self.labs();
        let own = labs.get(&lab).into_iter().flatten();
        let seen = |(id, kept): (&NetworkId, &Kept)| {
            let bridge = bridges.get(id).map(|bridge| bridge.ifindex);
            let seen = GatewaySeen {
                gateway: kept.made.clone()?,
                stands: bridge.is_some() && kept.stands_on == bridge,
            };
            Some((*id, seen))
        };
        own.filter_map(seen).collect()
    }

    pub fn status(&self, lab: LabId) -> BTreeMap<NetworkId, NetworkStatus> {
        let labs = self.labs();
        let own = labs.get(&lab).into_iter().flatten();
        let status = |kept: &Kept| NetworkStatus {
            ipv4: kept.chosen.ipv4,
            ipv6: kept.chosen.ipv6,
            why: if kept.refused.is_empty() {
                kept.notes.join("; ")
            } else {
                kept.refused.clone()
            },
        };
        own.filter(|(_, kept)| kept.answers.is_some())
            .map(|(id, kept)| (*id, status(kept)))
            .collect()
    }

    /// Chooses a subnet for every network of the wish that has none yet. Those that somebody else has are
    /// refused, each alone.
    pub async fn choose(
        &self,
        fabric: &Fabric,
        names: &Names,
        spec: &LabSpec,
    ) -> Result<(), fabric::Error> {
        if self.is_settled(spec) {
            return Ok(());
        }
        let _one_at_a_time = self.choosing.lock().await;
        let reached = fabric.reached().await?;
        for (&id, network) in &spec.networks {
            self.choose_one(names, spec, (id, network), &reached);
        }
        self.forget_undrawn(spec);
        self.version.fetch_add(1, Ordering::AcqRel);
        self.write_down(spec.lab);
        Ok(())
    }

    fn choose_one(
        &self,
        names: &Names,
        spec: &LabSpec,
        (id, network): (NetworkId, &NetworkSpec),
        reached: &[Reached],
    ) {
        let Some(gateway) = &network.gateway else {
            return;
        };
        let (settled, before) =
            self.with(spec.lab, id, |kept| (kept.is_settled(gateway), kept.chosen));
        if settled {
            return;
        }
        // First those whose name says more than that of a device.
        let mut taken = self.taken_by_others(spec.lab, id);
        taken.extend(taken_by_host(reached, &names.bridge(id)));
        let asks = choose::Asks {
            gateway,
            interfaces: model::networks::ports_on(spec, id).len(),
            number: u16::from_be_bytes(names.hash.0),
        };
        let outcome = choose::choose(&asks, before, &taken, &self.settings.pools);
        self.with(spec.lab, id, |kept| {
            kept.title = format!("network {} of the lab {}", network.name, spec.name);
            kept.answers = Some(wish_of(gateway));
            (kept.chosen, kept.refused) = match outcome {
                Ok(chosen) => (chosen, String::new()),
                Err(why) => (Chosen::default(), why),
            };
        });
    }

    fn is_settled(&self, spec: &LabSpec) -> bool {
        let labs = self.labs();
        let own = labs.get(&spec.lab);
        let settled = |id: &NetworkId, gateway: &Gateway| {
            let kept = own.and_then(|own| own.get(id));
            kept.is_some_and(|kept| kept.is_settled(gateway))
        };
        let mut drawn = spec.networks.iter();
        let drawn_are = drawn.all(|(id, network)| {
            let gateway = network.gateway.as_ref();
            gateway.is_none_or(|gateway| settled(id, gateway))
        });
        let mut kept = own.into_iter().flatten();
        drawn_are && kept.all(|(id, kept)| kept.made.is_some() || is_drawn(spec, *id))
    }

    /// Networks that were never made and are not wanted any more.
    fn forget_undrawn(&self, spec: &LabSpec) {
        if let Some(own) = self.labs().get_mut(&spec.lab) {
            own.retain(|id, kept| kept.made.is_some() || is_drawn(spec, *id));
        }
    }

    fn taken_by_others(&self, lab: LabId, network: NetworkId) -> Vec<Taken> {
        let labs = self.labs();
        let all = labs
            .iter()
            .flat_map(|(lab, own)| own.iter().map(move |(id, kept)| ((*lab, *id), kept)));
        let others = all.filter(|(at, _)| *at != (lab, network));
        others
            .flat_map(|(_, kept)| {
                let made = kept.made.iter().flat_map(addresses);
                let nets = kept.chosen.all().chain(made);
                nets.map(|net| Taken {
                    net,
                    by: kept.title.clone(),
                })
            })
            .collect()
    }

    /// The host is on the network from now on, as far as others are concerned.
    pub async fn open_gate(
        &self,
        fabric: &Fabric,
        lab: LabId,
        network: NetworkId,
        gateway: &Gateway,
    ) -> Result<(), fabric::Error> {
        let was = self.with(lab, network, |kept| {
            kept.stands_on = None;
            kept.made.replace(gateway.clone())
        });
        if was.as_ref() != Some(gateway) {
            self.write_down(lab);
        }
        self.set_gates(fabric, None).await
    }

    /// What passes the networks that the host is on: of all labs, but for the one that is closed now.
    pub async fn set_gates(
        &self,
        fabric: &Fabric,
        but: Option<(LabId, NetworkId)>,
    ) -> Result<(), fabric::Error> {
        let _in_order = self.opening.lock().await;
        let gates = self.gates(but);
        fabric.set_gates(gates).await
    }

    fn gates(&self, but: Option<(LabId, NetworkId)>) -> Vec<Gate> {
        let labs = self.labs();
        let mut gates = Vec::new();
        for (&lab, own) in &*labs {
            let names = Names::new(&self.settings.instance, lab);
            let open = own.iter().filter(|(id, _)| Some((lab, **id)) != but);
            gates.extend(open.filter_map(|(id, kept)| {
                let gateway = kept.made.as_ref()?;
                Some(Gate {
                    bridge: names.bridge(*id),
                    addresses: addresses(gateway),
                    dhcp: gateway.dhcp,
                    dns: gateway.dns,
                    outward: gateway.outward,
                    inward: gateway.management,
                })
            }));
        }
        gates
    }

    /// All of it is as it shall be, on this bridge.
    pub fn stands(&self, lab: LabId, network: NetworkId, bridge: u32, notes: Vec<String>) {
        self.with(lab, network, |kept| {
            kept.stands_on = Some(bridge);
            kept.notes = notes;
        });
    }

    /// Nothing of the host is on the network any more.
    pub fn closed(&self, lab: LabId, network: NetworkId) {
        self.with(lab, network, |kept| {
            (kept.made, kept.stands_on) = (None, None);
            kept.notes.clear();
        });
        self.write_down(lab);
    }

    pub fn take_server(&self, lab: LabId, network: NetworkId) -> Option<Server> {
        self.with(lab, network, |kept| kept.server.take())
    }

    /// `wake` is called when it has died.
    pub fn keep_server(&self, lab: LabId, network: NetworkId, server: Server, wake: Arc<Notify>) {
        self.with(lab, network, |kept| {
            (kept.server, kept.wake) = (Some(server), Some(wake));
        });
    }

    /// Has a server read its files again.
    pub fn reload(&self, lab: LabId, network: NetworkId) {
        self.with(lab, network, |kept| {
            kept.server.as_ref().map(Server::reload);
        });
    }

    /// Servers that have died are started again by the next pass of their labs.
    pub fn look_after(&self) {
        for kept in self.labs().values_mut().flat_map(BTreeMap::values_mut) {
            if kept.server.as_ref().is_some_and(|server| !server.lives()) {
                tracing::warn!(network = kept.title, "its DHCP and DNS server has ended");
                (kept.server, kept.stands_on) = (None, None);
                if let Some(wake) = &kept.wake {
                    wake.notify_one();
                }
            }
        }
    }

    /// Everything is looked at once more, whatever was known of it.
    pub fn doubt(&self) {
        let mut labs = self.labs();
        let all = labs.values_mut().flat_map(BTreeMap::values_mut);
        all.for_each(|kept| kept.stands_on = None);
    }

    /// The folder of a lab's networks: `hosts` is there for whoever gives names to nodes.
    pub fn folder(&self, lab: LabId) -> PathBuf {
        self.settings.folder.join(lab.to_string())
    }

    /// What was written for one of its networks.
    pub fn remove_files(&self, lab: LabId, network: NetworkId) -> std::io::Result<()> {
        files::remove_all(&self.folder(lab), network)
    }

    /// The lab is gone.
    pub fn forget(&self, lab: LabId) -> std::io::Result<()> {
        self.labs().remove(&lab);
        match std::fs::remove_dir_all(self.folder(lab)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// A book that cannot be written costs the subnets their names after a restart, which is told.
    fn write_down(&self, lab: LabId) {
        let page = |kept: &Kept| book::Page {
            chosen: kept.chosen,
            made: kept.made.clone(),
            title: kept.title.clone(),
        };
        let pages: book::Pages = {
            let labs = self.labs();
            let own = labs.get(&lab).into_iter().flatten();
            own.map(|(id, kept)| (*id, page(kept))).collect()
        };
        if let Err(error) = book::write(&self.folder(lab), &pages) {
            tracing::warn!(lab.id = %lab, %error, "the lab's subnets cannot be written down");
        }
    }
}

/// But for what it reaches by the network's own bridge.
fn taken_by_host<'a>(reached: &'a [Reached], bridge: &str) -> impl Iterator<Item = Taken> + 'a {
    let own = bridge.to_owned();
    let others = reached.iter().filter(move |reached| reached.device != own);
    others.map(|reached| Taken {
        net: reached.net,
        by: format!("this host, which reaches it by {}", reached.device),
    })
}

fn is_drawn(spec: &LabSpec, network: NetworkId) -> bool {
    let network = spec.networks.get(&network);
    network.is_some_and(|network| network.gateway.is_some())
}

/// The host's own addresses, of a gateway in which nothing is left to choose.
pub fn addresses(gateway: &Gateway) -> Vec<IpNet> {
    let both = wish_of(gateway).into_iter().flatten();
    both.filter_map(|subnet| match subnet {
        Subnet::At(net) => Some(net),
        Subnet::Auto => None,
    })
    .collect()
}

/// Where the programs that serve a network are looked for.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin"].map(PathBuf::from);
    let mut folders = std::env::split_paths(&path).chain(usual);
    folders.find_map(|folder| {
        let program = Path::new(&folder).join(name);
        program.is_file().then_some(program)
    })
}
