//! Drift, by properties: whatever somebody does to a host that was right, it is told, nothing of it is
//! mended unasked, and a repair makes the host right again.

use model::drift::{Discrepancy, Settled, compare};
use model::names::{Names, host_mac};
use model::plan::check::check;
use model::plan::{Plan, Step, Withheld, plan_lab, withhold};
use model::seen::{NodePhase, PortId, Stranger, Was};
use model::spec::{LabSpec, RunWish};
use model::{End, LinkId};
use proptest::prelude::*;
use proptest::sample::Index;

use super::common::{Host, names};
use super::{assert_as_wanted, converge, lab, pick, two_labs};

/// What somebody with `ip` in hand does.
#[derive(Debug, Clone)]
enum Act {
    RemovePort(Index),
    RenamePort(Index),
    MoveHostEnd(Index),
    MoveInnerEnd(Index),
    RemoveBridge(Index),
    RenameBridge(Index),
    Rebridge(Index, Option<Index>),
    AddStranger(Index),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        any::<Index>().prop_map(Act::RemovePort),
        any::<Index>().prop_map(Act::RenamePort),
        any::<Index>().prop_map(Act::MoveHostEnd),
        any::<Index>().prop_map(Act::MoveInnerEnd),
        any::<Index>().prop_map(Act::RemoveBridge),
        any::<Index>().prop_map(Act::RenameBridge),
        (any::<Index>(), any::<Option<Index>>()).prop_map(|(port, to)| Act::Rebridge(port, to)),
        any::<Index>().prop_map(Act::AddStranger),
    ]
}

/// A lab that was found right.
struct Ground {
    lab: LabSpec,
    names: Names,
    host: Host,
    settled: Settled,
}

impl Ground {
    fn new(lab: LabSpec) -> Self {
        let mut host = Host::default();
        converge(&mut host, &lab);
        let mut settled = Settled::default();
        settled.take(&lab, &host.observe(), &host.lives(&lab));
        Self {
            names: names(&lab),
            lab,
            host,
            settled,
        }
    }

    fn compare(&self) -> Vec<Discrepancy> {
        let (seen, lives) = (self.host.observe(), self.host.lives(&self.lab));
        compare(&self.lab, &seen, &self.names, &self.settled, &lives)
    }

    /// What a pass does, with or without leave to mend.
    fn plan(&self, repair: bool) -> Plan {
        let found = self.compare();
        let mut seen = self.host.observe();
        let mut withheld = Withheld::default();
        for found in &found {
            if !repair {
                withheld.ports.extend(&found.withheld.ports);
                withheld.bridges.extend(&found.withheld.bridges);
            } else if found.is_half {
                seen.ports
                    .retain(|port, _| !found.withheld.ports.contains(port));
            }
        }
        let plan = withhold(plan_lab(&self.lab, &seen, &self.names), &withheld);
        let broken = check(&plan, &self.lab, &seen, &self.names);
        assert!(broken.is_empty(), "{broken:#?}\n{plan:#?}");
        plan
    }

    fn linked(&self, port: PortId) -> Option<LinkId> {
        let end = End::Interface {
            node: port.node,
            interface: port.interface,
        };
        let mut links = self.lab.links.iter();
        links
            .find(|(_, link)| [link.a, link.b].contains(&end))
            .map(|(id, _)| *id)
    }

    fn inner_name(&self, port: PortId) -> String {
        self.lab.nodes[&port.node].interfaces[&port.interface]
            .name
            .clone()
    }

    fn linked_port(&self, index: Index) -> Option<PortId> {
        let ports = self.host.ports.keys().copied();
        pick(index, ports.filter(|port| self.linked(*port).is_some()))
    }

    /// Does it, if there is something to do it to; whether somebody must be told.
    fn befall(&mut self, act: &Act) -> bool {
        let (port, bridge) = match act {
            Act::RemovePort(index)
            | Act::RenamePort(index)
            | Act::MoveHostEnd(index)
            | Act::MoveInnerEnd(index)
            | Act::Rebridge(index, _) => (self.linked_port(*index), None),
            Act::RemoveBridge(index) | Act::RenameBridge(index) | Act::AddStranger(index) => {
                (None, pick(*index, self.host.bridges.iter().copied()))
            }
        };
        match (act, port, bridge) {
            (Act::AddStranger(_), _, Some(network)) => {
                self.host.strangers.push(Stranger {
                    name: "eth9".into(),
                    master: Some(network),
                    was: None,
                });
                true
            }
            (_, Some(port), _) => self.touch_port(act, port),
            (_, _, Some(network)) => {
                let has = |port: &super::common::Port| port.master == Some(network);
                let members: Vec<PortId> = self
                    .host
                    .ports
                    .iter()
                    .filter(|(_, p)| has(p))
                    .map(|(id, _)| *id)
                    .collect();
                self.host.remove_bridge(network);
                if matches!(act, Act::RenameBridge(_)) {
                    self.host.strangers.push(Stranger {
                        name: "br9".into(),
                        master: None,
                        was: Some(Was::Bridge(network)),
                    });
                    for port in &members {
                        self.host.ports.get_mut(port).unwrap().foreign_master = Some("br9".into());
                    }
                }
                !members.is_empty()
            }
            (_, None, None) => false,
        }
    }

    fn touch_port(&mut self, act: &Act, port: PortId) -> bool {
        let name = self.inner_name(port);
        match act {
            Act::RemovePort(_) => self.host.remove_port(port),
            Act::RenamePort(_) => {
                let mac = self.lab.nodes[&port.node].interfaces[&port.interface].mac;
                self.host.ports.remove(&port);
                self.host.strangers.push(Stranger {
                    name: "up9".into(),
                    master: None,
                    was: Some(Was::Port(host_mac(mac))),
                });
            }
            Act::MoveHostEnd(_) => _ = self.host.ports.remove(&port),
            Act::MoveInnerEnd(_) => {
                let node = self.host.nodes.get_mut(&port.node).unwrap();
                std::sync::Arc::make_mut(&mut node.interfaces).remove(&name);
            }
            Act::Rebridge(_, to) => {
                let to = to.and_then(|to| pick(to, self.host.bridges.iter().copied()));
                let end = self.host.ports.get_mut(&port).unwrap();
                let changed = end.master != to;
                end.master = to;
                return changed;
            }
            Act::RemoveBridge(_) | Act::RenameBridge(_) | Act::AddStranger(_) => unreachable!(),
        }
        true
    }

    /// The kernel's part of a repair: a name that was lost is given back.
    fn rename_back(&mut self) {
        self.host
            .strangers
            .retain(|stranger| stranger.was.is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_host_that_is_right_has_no_drift((before, after) in two_labs()) {
        let mut ground = Ground::new(before);
        prop_assert_eq!(ground.compare(), vec![]);
        // Another wish is work, not drift, at every moment of it.
        ground.lab = after;
        for _ in 0..6 {
            let (lab, host) = (&ground.lab, &ground.host);
            prop_assert_eq!(ground.compare(), vec![]);
            ground.settled.take(lab, &host.observe(), &host.lives(lab));
            let plan = ground.plan(false);
            for step in plan.steps() {
                let lab = ground.lab.clone();
                ground.host.play(step, &lab);
            }
        }
        assert_as_wanted(&ground.host.observe(), &ground.lab);
    }

    #[test]
    fn every_act_is_told_left_alone_and_repaired(lab in lab(), act in act()) {
        let mut ground = Ground::new(lab);
        let told = ground.befall(&act);
        let found = ground.compare();
        prop_assert_eq!(!found.is_empty(), told, "{:?}: {:?}", act, found);
        for step in ground.plan(false).steps() {
            let mends = match step {
                Step::EnsurePort { .. } | Step::SetMaster { .. } => true,
                Step::EnsureBridge { .. } => told,
                _ => false,
            };
            prop_assert!(!mends, "{} mends unasked", step);
        }
        ground.rename_back();
        for _ in 0..4 {
            let plan = ground.plan(true);
            let lab = ground.lab.clone();
            ground.host.apply(&plan, &lab);
        }
        assert_as_wanted(&ground.host.observe(), &ground.lab);
        let left = ground.compare();
        let foreign = matches!(act, Act::AddStranger(_));
        prop_assert!(foreign || left.is_empty(), "{:?} is left", left);
    }

    #[test]
    fn a_stopped_node_has_no_drift(lab in lab(), act in act()) {
        let mut lab = lab;
        lab.nodes.values_mut().for_each(|node| node.run = RunWish::Off);
        let mut ground = Ground::new(lab);
        prop_assert!(ground.host.nodes.values().all(|node| node.phase == NodePhase::Data));
        let stranger = matches!(act, Act::AddStranger(_)) && !ground.host.bridges.is_empty();
        ground.befall(&act);
        prop_assert_eq!(ground.compare().is_empty(), !stranger);
    }
}
