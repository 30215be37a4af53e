//! The labs of the simulated host, and what is told of them.

use std::collections::{BTreeMap, BTreeSet};

use model::drift::Drift;
use model::lab::Subnet;
use model::names::Names;
use model::spec::{LabSpec, LinkSpec, NetworkSpec};
use model::status::{EndStatus, LabStatus, LinkStatus, NetworkStatus, Plumbed};
use model::{End, Generation, LabId, LinkId, LinkState, NetworkId, NodeId};

use super::drift::SimDrifts;
use super::images::SimImages;
use super::node::SimNode;
use super::{SimOptions, now_ms};
use crate::drift::{Discovery, Repair};
use crate::message::Event;
use crate::spec::{ApplyOutcome, ControllerId, HostStatus, LabEntry, compare};

pub(super) struct World {
    options: SimOptions,
    pub controllers: BTreeSet<ControllerId>,
    labs: BTreeMap<LabId, SimLab>,
    pub discovery: Discovery,
    pub images: SimImages,
}

struct SimLab {
    entry: LabEntry,
    nodes: BTreeMap<NodeId, SimNode>,
    drifts: SimDrifts,
    /// What was told last.
    told: Option<LabStatus>,
    told_removed: Option<Generation>,
}

impl World {
    pub fn new(options: SimOptions) -> Self {
        Self {
            options,
            controllers: BTreeSet::new(),
            labs: BTreeMap::new(),
            discovery: Discovery::default(),
            images: SimImages::default(),
        }
    }

    pub fn set_drifts(&mut self, lab: LabId, drifts: Vec<Drift>) {
        if let Some(lab) = self.labs.get_mut(&lab) {
            lab.drifts.set(drifts);
        }
    }

    /// False: there is no such lab.
    pub fn repair(&mut self, repair: &Repair) -> bool {
        let lab = self
            .labs
            .get_mut(&repair.lab)
            .filter(|lab| !lab.is_removed());
        let Some(lab) = lab else { return false };
        for drift in lab.drifts() {
            if repair
                .only
                .as_ref()
                .is_none_or(|only| only.contains(&drift.id))
            {
                lab.drifts.repair(&drift);
            }
        }
        true
    }

    pub fn apply(&mut self, labs: BTreeMap<LabId, LabEntry>) -> BTreeMap<LabId, ApplyOutcome> {
        labs.into_iter()
            .map(|(id, entry)| (id, self.apply_lab(id, entry)))
            .collect()
    }

    fn apply_lab(&mut self, id: LabId, entry: LabEntry) -> ApplyOutcome {
        if let LabEntry::Present { spec, .. } = &entry
            && spec.lab != id
        {
            let problem = format!("the spec of lab {id} names lab {}", spec.lab);
            return ApplyOutcome::Invalid {
                problems: vec![problem],
            };
        }
        if let Some(by) = self.hash_taken(id) {
            return ApplyOutcome::HashTaken { by };
        }
        let have = self.labs.get(&id).map(|lab| &lab.entry);
        let outcome = compare(have, &entry);
        if outcome == ApplyOutcome::Accepted {
            self.labs
                .entry(id)
                .and_modify(|lab| lab.entry = entry.clone())
                .or_insert_with(|| SimLab::new(entry));
        }
        outcome
    }

    fn hash_taken(&self, id: LabId) -> Option<LabId> {
        let hash = |lab| Names::new(&self.options.instance, lab).hash;
        let others = self
            .labs
            .iter()
            .filter(|(other, lab)| **other != id && !lab.is_removed());
        others
            .map(|(other, _)| *other)
            .find(|other| hash(*other) == hash(id))
    }

    /// Lets every node go as far as it can by now.
    pub fn advance(&mut self, now_ms: u64) {
        // More rounds than a node has states: with steps of no length it arrives in one call.
        for _ in 0..16 {
            let mut starting: usize = self
                .labs
                .values()
                .flat_map(|lab| lab.nodes.values())
                .filter(|n| n.is_starting())
                .count();
            let mut changed = false;
            for lab in self.labs.values_mut() {
                changed |= lab.advance(&self.options, &mut starting, now_ms);
            }
            if !changed {
                return;
            }
        }
    }

    /// What changed since the last call.
    pub fn news(&mut self) -> Vec<Event> {
        let mut news = Vec::new();
        for (id, lab) in &mut self.labs {
            if lab.is_removed() {
                let generation = lab.entry.generation();
                if lab.told_removed.replace(generation) != Some(generation) {
                    lab.told = None;
                    news.push(Event::LabRemoved {
                        lab: *id,
                        generation,
                    });
                }
                continue;
            }
            let status = lab.status();
            if lab.told.as_ref() != Some(&status) {
                news.push(Event::Lab {
                    lab: *id,
                    status: status.clone(),
                });
                lab.told = Some(status);
            }
        }
        news
    }

    pub fn status(&self) -> HostStatus {
        let mut status = HostStatus::default();
        for (id, lab) in &self.labs {
            if lab.is_removed() {
                status.removed.insert(*id, lab.entry.generation());
            } else {
                status.labs.insert(*id, lab.status());
            }
        }
        status
    }

    /// Nodes that would have a process here.
    pub fn supervisors(&self) -> u64 {
        let nodes = self.labs.values().flat_map(|lab| lab.nodes.values());
        nodes.filter(|node| !node.is_stopped()).map(|_| 1).sum()
    }

    pub fn lab_nodes(&mut self, lab: LabId) -> Option<&mut BTreeMap<NodeId, SimNode>> {
        let lab = self.labs.get_mut(&lab).filter(|lab| !lab.is_removed())?;
        Some(&mut lab.nodes)
    }
}

impl SimLab {
    fn new(entry: LabEntry) -> Self {
        Self {
            entry,
            nodes: BTreeMap::new(),
            drifts: SimDrifts::default(),
            told: None,
            told_removed: None,
        }
    }

    fn spec(&self) -> Option<&LabSpec> {
        match &self.entry {
            LabEntry::Present { spec, .. } => Some(spec),
            LabEntry::Tombstone { .. } => None,
        }
    }

    fn is_removed(&self) -> bool {
        self.spec().is_none() && self.nodes.is_empty()
    }

    fn advance(&mut self, options: &SimOptions, starting: &mut usize, now_ms: u64) -> bool {
        let wanted = match &self.entry {
            LabEntry::Present { spec, .. } => Some(&spec.nodes),
            LabEntry::Tombstone { .. } => None,
        };
        for (id, spec) in wanted.into_iter().flatten() {
            self.nodes
                .entry(*id)
                .or_insert_with(|| SimNode::new(spec.clone(), now_ms));
        }
        let mut changed = false;
        for (id, node) in &mut self.nodes {
            let wanted = wanted.and_then(|nodes| nodes.get(id));
            let was_starting = node.is_starting();
            changed |= node.advance(
                wanted,
                *starting < options.starting_at_once,
                options,
                now_ms,
            );
            *starting += usize::from(node.is_starting() && !was_starting);
        }
        let before = self.nodes.len();
        self.nodes.retain(|id, node| {
            wanted.is_some_and(|nodes| nodes.contains_key(id)) || !node.is_stopped()
        });
        changed || self.nodes.len() != before
    }

    fn status(&self) -> LabStatus {
        let spec = self.spec();
        let node_of = |id: &NodeId| spec.and_then(|spec| spec.nodes.get(id));
        let mut nodes: BTreeMap<_, _> = self
            .nodes
            .iter()
            .map(|(id, node)| (*id, node.status(node_of(id))))
            .collect();
        // A lab just applied is told with all its nodes, also before time went on.
        for (id, wanted) in spec.map(|spec| &spec.nodes).into_iter().flatten() {
            nodes
                .entry(*id)
                .or_insert_with(|| SimNode::new(wanted.clone(), now_ms()).status(None));
        }
        let links = spec.map(|spec| &spec.links).into_iter().flatten();
        let drifts = self.drifts();
        let drifted = |id: &LinkId| drifts.iter().find(|drift| drift.link == Some(*id));
        LabStatus {
            generation: self.entry.generation(),
            nodes,
            links: links
                .map(|(id, link)| (*id, self.link_status(link, drifted(id))))
                .collect(),
            networks: self.networks(),
            problems: Vec::new(),
            drifts: drifts.clone(),
        }
    }

    /// Those that the host would be on; what is to be chosen, by the network's number.
    fn networks(&self) -> BTreeMap<NetworkId, NetworkStatus> {
        let chosen = |subnet: Option<Subnet>, own: String| match subnet? {
            Subnet::At(net) => Some(net),
            Subnet::Auto => own.parse().ok(),
        };
        let status = |(&id, network): (&NetworkId, &NetworkSpec)| {
            let gateway = network.gateway.as_ref()?;
            let status = NetworkStatus {
                ipv4: chosen(gateway.ipv4, format!("10.222.{}.1/24", id.get() % 256)),
                ipv6: chosen(
                    gateway.ipv6,
                    format!("fd00:0:0:{:x}::1/64", id.get() % 65_536),
                ),
                why: String::new(),
            };
            Some((id, status))
        };
        let networks = self.spec().map(|spec| &spec.networks);
        networks.into_iter().flatten().filter_map(status).collect()
    }

    fn drifts(&self) -> Vec<Drift> {
        let is_up = |node: &NodeId| self.nodes.get(node).is_some_and(SimNode::is_up);
        self.spec()
            .map_or_else(Vec::new, |spec| self.drifts.of(spec, is_up))
    }

    fn link_status(&self, link: &LinkSpec, drift: Option<&Drift>) -> LinkStatus {
        let up = |end: &End| match end {
            End::Network(_) => true,
            End::Interface { node, .. } => self.nodes.get(node).is_some_and(SimNode::is_up),
        };
        let (a, b) = (up(&link.a), up(&link.b));
        let carrier = a && b && link.state == LinkState::Up && drift.is_none();
        let end = |present| EndStatus {
            present,
            carrier,
            ..EndStatus::default()
        };
        LinkStatus {
            plumbed: match drift {
                Some(_) => Plumbed::No,
                None if a && b => Plumbed::Yes,
                None => Plumbed::Idle,
            },
            why: drift.map(|drift| drift.why.clone()).unwrap_or_default(),
            a: end(a),
            b: end(b),
        }
    }
}
