//! Drift of the simulated host: what names ask for, and what a test sets.

use std::collections::BTreeSet;

use model::drift::{Drift, DriftKind};
use model::spec::LabSpec;
use model::status::Port;
use model::{End, NodeId};

/// The device of the host in a network `foreign-…`.
const STRANGER: &str = "eth9";

#[derive(Default)]
pub(super) struct SimDrifts {
    set: Vec<Drift>,
    repaired: BTreeSet<String>,
}

impl SimDrifts {
    pub fn set(&mut self, drifts: Vec<Drift>) {
        self.set = drifts;
    }

    /// What is not the lab's own stays where it is.
    pub fn repair(&mut self, drift: &Drift) {
        if drift.kind != DriftKind::DiscoveredLink || drift.port.is_some() {
            self.set.retain(|other| other.id != drift.id);
            self.repaired.insert(drift.id.clone());
        }
    }

    pub fn of(&self, spec: &LabSpec, is_up: impl Fn(&NodeId) -> bool) -> Vec<Drift> {
        let named = lost(spec, is_up).into_iter().chain(foreign(spec));
        let named = named.filter(|drift| !self.repaired.contains(&drift.id));
        self.set.iter().cloned().chain(named).collect()
    }
}

fn lost(spec: &LabSpec, is_up: impl Fn(&NodeId) -> bool) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for (link, ends) in &spec.links {
        for end in [ends.a, ends.b] {
            let End::Interface { node, interface } = end else {
                continue;
            };
            let Some(its) = spec.nodes.get(&node) else {
                continue;
            };
            if !its.name.starts_with("lost-") || !is_up(&node) {
                continue;
            }
            let device = format!("nve0000d{node}i{interface}");
            drifts.push(Drift {
                link: Some(*link),
                port: Some(Port { node, interface }),
                why: format!("{}: its device {device} on the host is gone", its.name),
                device,
                ..Drift::new(
                    format!("lost-link-{link}-d{node}i{interface}"),
                    DriftKind::LostLink,
                )
            });
        }
    }
    drifts
}

fn foreign(spec: &LabSpec) -> Vec<Drift> {
    let networks = spec.networks.iter().filter(|(_, network)| {
        network.name.starts_with("foreign-") && network.uplink.as_deref() != Some(STRANGER)
    });
    let drift = |(id, _): (&model::NetworkId, _)| {
        let bridge = format!("nove0000n{id}");
        Drift {
            network: Some(*id),
            device: STRANGER.into(),
            why: format!(
                "the device {STRANGER} is in the bridge {bridge}, and the lab does not say so"
            ),
            bridge: Some(bridge),
            allowed: true,
            ..Drift::new(
                format!("discovered-n{id}-{STRANGER}"),
                DriftKind::DiscoveredLink,
            )
        }
    };
    networks.map(drift).collect()
}
