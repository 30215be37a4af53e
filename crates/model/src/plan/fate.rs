//! What shall become of each node: the one place that compares the wish with what runs.

use std::collections::{BTreeMap, BTreeSet};

use super::wiring::Wiring;
use crate::id::NodeId;
use crate::names::Names;
use crate::seen::{LabSeen, NodePhase, NodeSeen};
use crate::spec::{DriverSpec, LabSpec, NodeSpec, RunWish};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Runs as wished: hands off.
    Stay,
    /// Waits for its release, made for this very wish: go on.
    Continue,
    /// Is to be made; `stop` what is there first, if anything is.
    Start { stop: Option<&'static str> },
    /// Is not to run; `stop` it if it does.
    Rest { stop: Option<&'static str> },
    /// Is no more in the lab: everything of it goes.
    Gone { stop: bool },
    /// Cannot be started now; what is there stays as it is.
    Blocked { why: String, active: bool },
}

impl Fate {
    /// Its ports are left where they are.
    pub fn keeps_ports(&self) -> bool {
        match self {
            Self::Stay | Self::Continue | Self::Blocked { active: true, .. } => true,
            Self::Start { .. }
            | Self::Rest { .. }
            | Self::Gone { .. }
            | Self::Blocked { active: false, .. } => false,
        }
    }

    /// Its missing ports are made.
    pub fn makes_ports(&self) -> bool {
        match self {
            Self::Stay | Self::Continue | Self::Start { .. } => true,
            Self::Rest { .. } | Self::Gone { .. } | Self::Blocked { .. } => false,
        }
    }
}

pub fn fates(
    wanted: &LabSpec,
    seen: &LabSeen,
    wiring: &Wiring<'_>,
    names: &Names,
) -> BTreeMap<NodeId, Fate> {
    let ids: BTreeSet<NodeId> = wanted
        .nodes
        .keys()
        .chain(seen.nodes.keys())
        .copied()
        .collect();
    let fate = |id: NodeId| {
        let found = seen.nodes.get(&id);
        let Some(spec) = wanted.nodes.get(&id) else {
            return Fate::Gone {
                stop: found.is_some_and(is_active),
            };
        };
        let fate = fate_of(spec, found);
        let starts = matches!(fate, Fate::Start { .. } | Fate::Continue);
        match wiring
            .foreign_in_the_way(id, seen, names)
            .filter(|_| starts)
        {
            Some(why) => Fate::Blocked {
                why,
                active: found.is_some_and(is_active),
            },
            None => fate,
        }
    };
    ids.into_iter().map(|id| (id, fate(id))).collect()
}

fn fate_of(spec: &NodeSpec, found: Option<&NodeSeen>) -> Fate {
    let start = match (&spec.driver, spec.run) {
        (DriverSpec::Netns(_) | DriverSpec::Docker(_), RunWish::On { start }) => start,
        (DriverSpec::Netns(_) | DriverSpec::Docker(_), RunWish::Off) => {
            let stop = found
                .filter(|node| is_active(node))
                .map(|_| "it is wished off");
            return Fate::Rest { stop };
        }
        (DriverSpec::CannotRun { .. }, RunWish::On { .. } | RunWish::Off) => {
            let stop = found
                .filter(|node| is_active(node))
                .map(|_| "this host cannot run it");
            return Fate::Rest { stop };
        }
    };
    let Some(node) = found else {
        return Fate::Start { stop: None };
    };
    match node.phase {
        // It had its life for this very wish.
        NodePhase::Data if node.start > 0 && node.start >= start => Fate::Rest { stop: None },
        NodePhase::Data => Fate::Start { stop: None },
        NodePhase::Running if node.start >= start => Fate::Stay,
        NodePhase::Running => Fate::Start {
            stop: Some("a restart is wished"),
        },
        NodePhase::Held if is_held_for(node, spec, start) => Fate::Continue,
        NodePhase::Held => Fate::Start {
            stop: Some("it was made for an older wish"),
        },
    }
}

fn is_held_for(node: &NodeSeen, spec: &NodeSpec, start: u64) -> bool {
    node.start == start && node.wipe >= spec.wipe && node.fingerprint == spec.fingerprint()
}

pub fn is_active(node: &NodeSeen) -> bool {
    match node.phase {
        NodePhase::Held | NodePhase::Running => true,
        NodePhase::Data => false,
    }
}
