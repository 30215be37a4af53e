//! Plans, by properties: from any host to any wish, also when interrupted anywhere.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

mod common;
#[path = "common/drift.rs"]
mod drift;
#[path = "common/part.rs"]
mod part;

use std::collections::{BTreeMap, BTreeSet};

use common::{Host, names};
use model::lab::{Gateway, LinkState};
use model::names::Names;
use model::plan::check::check;
use model::plan::{Step, plan_lab, plan_removal};
use model::seen::{LabSeen, NodePhase, PortId, RedirectSeen};
use model::spec::{
    DriverSpec, HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, NetnsSpec, NetworkSpec, NodeSpec,
    RunWish,
};
use model::{End, Mac};
use proptest::prelude::*;
use proptest::sample::Index;

/// What chance says about one node.
type NodeDraw = (bool, u64, u64, u8, bool, u8);

fn node(number: u16, (on, start, wipe, interfaces, runs, hostname): NodeDraw) -> NodeSpec {
    let interface = |index: u8| InterfaceSpec {
        name: format!("eth{index}"),
        mac: Mac([2, 0, 0, 0, u8::try_from(number).unwrap(), index]),
        mtu: 9500,
        addresses: Vec::new(),
    };
    let netns = NetnsSpec {
        hostname: format!("h{hostname}"),
        ..NetnsSpec::default()
    };
    NodeSpec {
        name: format!("n{number}"),
        run: if on {
            RunWish::On { start }
        } else {
            RunWish::Off
        },
        wipe,
        interfaces: (0..interfaces)
            .map(|i| (u64::from(i).try_into().unwrap(), interface(i)))
            .collect(),
        driver: if runs {
            DriverSpec::Netns(netns)
        } else {
            DriverSpec::CannotRun { kind: "x".into() }
        },
    }
}

fn network(number: u64, outward: Option<bool>) -> NetworkSpec {
    let gateway = outward.map(|outward| Gateway {
        ipv4: Some(format!("10.{number}.0.1/24").parse().unwrap()),
        ipv6: None,
        dhcp: true,
        dns: true,
        outward,
        management: false,
    });
    NetworkSpec {
        name: "lan".into(),
        uplink: None,
        gateway,
    }
}

fn interface_ends(nodes: &BTreeMap<model::NodeId, NodeSpec>) -> Vec<End> {
    let ends = nodes.iter().flat_map(|(&node, spec)| {
        spec.interfaces
            .keys()
            .map(move |&interface| End::Interface { node, interface })
    });
    ends.collect()
}

prop_compose! {
    fn lab()(
        draws in proptest::collection::vec(
            (proptest::bool::weighted(0.8), 1..4_u64, 0..3_u64, 0..4_u8, proptest::bool::weighted(0.9), 0..2_u8), 0..5),
        networks in 0..3_u64,
        gateways in proptest::collection::vec(proptest::option::weighted(0.4, any::<bool>()), 3),
        pairs in proptest::collection::vec(
            (any::<Index>(), any::<Index>(), proptest::bool::weighted(0.3), proptest::bool::weighted(0.2)), 0..8),
        always in any::<bool>(),
    ) -> LabSpec {
        let numbered = draws.into_iter().zip(1_u16..);
        let nodes: BTreeMap<_, _> =
            numbered.map(|(draw, n)| (u64::from(n).try_into().unwrap(), node(n, draw))).collect();
        let networks: BTreeMap<_, _> =
            (1..=networks).zip(gateways).map(|(n, outward)| (n.try_into().unwrap(), network(n, outward))).collect();
        let mut free = interface_ends(&nodes);
        let mut links = BTreeMap::new();
        for (n, (a, b, shared, cut)) in (1_u64..).zip(pairs) {
            if free.is_empty() { break }
            let first = free.swap_remove(a.index(free.len()));
            let (second, network) = if shared && !networks.is_empty() {
                let ids: Vec<_> = networks.keys().collect();
                (End::Network(*ids[b.index(ids.len())]), None)
            } else if free.is_empty() {
                break
            } else {
                (free.swap_remove(b.index(free.len())), Some((n + 10).try_into().unwrap()))
            };
            let state = if cut { LinkState::Cut } else { LinkState::Up };
            links.insert(n.try_into().unwrap(), LinkSpec { a: first, b: second, network, state });
        }
        let hidden_bridge = if always { HiddenBridge::Always } else { HiddenBridge::OnDemand };
        let lab = "11111111-2222-3333-4444-555555555555".parse().unwrap();
        LabSpec { lab, name: "lab".into(), hidden_bridge, nodes, networks, links }
    }
}

/// What chance changes in a lab: of a node its wish, of a link its state, of a network whether the host
/// is on it.
type Change = (Index, bool, u64, u64, Index, bool);

/// Two labs: strangers, or the same one after a person did something.
fn two_labs() -> impl Strategy<Value = (LabSpec, LabSpec)> {
    let change = (
        any::<Index>(),
        proptest::bool::weighted(0.7),
        0..2_u64,
        0..2_u64,
        any::<Index>(),
        any::<bool>(),
    );
    let changes = proptest::collection::vec(change, 0..4);
    prop_oneof![
        1 => (lab(), lab()),
        2 => (lab(), changes).prop_map(|(before, changes)| {
            let mut after = before.clone();
            for change in changes {
                change_lab(&mut after, change);
            }
            (before, after)
        }),
    ]
}

fn change_lab(lab: &mut LabSpec, (node, on, start, wipe, link, relinked): Change) {
    if !lab.nodes.is_empty() {
        let nth = node.index(lab.nodes.len());
        let node = lab.nodes.values_mut().nth(nth).unwrap();
        let old = if let RunWish::On { start } = node.run {
            start
        } else {
            3
        };
        node.run = if on {
            RunWish::On { start: old + start }
        } else {
            RunWish::Off
        };
        node.wipe += wipe;
    }
    let nth = link.index(lab.networks.len().max(1));
    if let Some((id, old)) = lab.networks.iter_mut().nth(nth).filter(|_| relinked) {
        let outward = old.gateway.as_ref().map(|gateway| gateway.outward);
        *old = network(
            id.get().into(),
            [None, Some(true), Some(false)][usize::from(on) + usize::from(outward != Some(false))],
        );
    }
    if !lab.links.is_empty() {
        let id = *lab.links.keys().nth(link.index(lab.links.len())).unwrap();
        if relinked {
            lab.links.remove(&id);
        } else {
            lab.links.get_mut(&id).unwrap().state = LinkState::Cut;
        }
    }
}

/// Things that happen to a host without being asked for.
#[derive(Debug, Clone)]
enum Mishap {
    NodeDies(Index),
    PortVanishes(Index),
    PortLeavesBridge(Index),
    BridgeVanishes(Index),
    RedirectVanishes(Index),
    InterfaceShutInside(Index),
    /// Somebody's own device gets the name of a port or bridge, which is gone.
    ForeignPort(Index),
    ForeignBridge(Index),
}

fn mishaps() -> impl Strategy<Value = Vec<Mishap>> {
    let one = prop_oneof![
        any::<Index>().prop_map(Mishap::NodeDies),
        any::<Index>().prop_map(Mishap::PortVanishes),
        any::<Index>().prop_map(Mishap::PortLeavesBridge),
        any::<Index>().prop_map(Mishap::BridgeVanishes),
        any::<Index>().prop_map(Mishap::RedirectVanishes),
        any::<Index>().prop_map(Mishap::InterfaceShutInside),
    ];
    proptest::collection::vec(one, 0..5)
}

fn pick<T: Copy>(index: Index, of: impl Iterator<Item = T>) -> Option<T> {
    let all: Vec<T> = of.collect();
    (!all.is_empty()).then(|| all[index.index(all.len())])
}

fn befall(host: &mut Host, mishap: &Mishap, names: &Names) {
    let port = |index: Index, host: &Host| pick(index, host.ports.keys().copied());
    match mishap {
        Mishap::NodeDies(index) => {
            let active = host
                .nodes
                .iter()
                .filter(|(_, node)| node.phase != NodePhase::Data);
            if let Some(node) = pick(*index, active.map(|(id, _)| *id)) {
                host.stop(node);
            }
        }
        Mishap::PortVanishes(index) => {
            if let Some(id) = port(*index, host) {
                host.ports.remove(&id);
            }
        }
        Mishap::PortLeavesBridge(index) => {
            if let Some(id) = port(*index, host) {
                host.ports.get_mut(&id).unwrap().master = None;
            }
        }
        Mishap::BridgeVanishes(index) => {
            if let Some(id) = pick(*index, host.bridges.iter().copied()) {
                host.remove_bridge(id);
            }
        }
        Mishap::RedirectVanishes(index) => {
            if let Some(id) = port(*index, host) {
                host.ports.get_mut(&id).unwrap().redirect = None;
            }
        }
        Mishap::InterfaceShutInside(index) => {
            if let Some(id) = port(*index, host) {
                host.ports.get_mut(&id).unwrap().inner_up = false;
            }
        }
        Mishap::ForeignPort(index) => {
            if let Some(id) = port(*index, host) {
                host.ports.remove(&id);
                host.foreign.insert(names.port(id));
            }
        }
        Mishap::ForeignBridge(index) => {
            if let Some(id) = pick(*index, host.bridges.iter().copied()) {
                host.remove_bridge(id);
                host.foreign.insert(names.bridge(id));
            }
        }
    }
}

fn foreigners() -> impl Strategy<Value = Vec<Mishap>> {
    let one = prop_oneof![
        any::<Index>().prop_map(Mishap::ForeignPort),
        any::<Index>().prop_map(Mishap::ForeignBridge),
        any::<Index>().prop_map(Mishap::NodeDies),
    ];
    proptest::collection::vec(one, 1..4)
}

/// Written from the words of the architecture, not from the planner.
fn assert_as_wanted(seen: &LabSeen, wanted: &LabSpec) {
    let runs = |node: &model::NodeId| {
        let spec = wanted.nodes.get(node);
        spec.is_some_and(|s| s.run != RunWish::Off && matches!(s.driver, DriverSpec::Netns(_)))
    };
    for (id, spec) in &wanted.nodes {
        let phase = seen.nodes.get(id).map(|node| node.phase);
        if runs(id) {
            assert_eq!(phase, Some(NodePhase::Running), "node {id}");
            let RunWish::On { start } = spec.run else {
                unreachable!()
            };
            assert!(seen.nodes[id].start >= start, "node {id} is restarted");
            let inside = &seen.nodes[id].interfaces;
            let fresh = |name: &String| inside.get(name).is_some_and(|inner| inner.fresh);
            let mut names = spec.interfaces.values().map(|interface| &interface.name);
            assert!(!names.any(fresh), "node {id} is configured");
        } else {
            assert!(matches!(phase, None | Some(NodePhase::Data)), "node {id}");
            assert!(
                seen.nodes.get(id).is_none_or(|node| node.wipe >= spec.wipe),
                "{id} is wiped"
            );
        }
    }
    assert!(
        seen.nodes.keys().all(|id| wanted.nodes.contains_key(id)),
        "no other node"
    );
    let ports: BTreeSet<PortId> = wanted
        .nodes
        .iter()
        .filter(|(id, _)| runs(id))
        .flat_map(|(id, spec)| spec.interfaces.keys().map(|index| PortId::new(*id, *index)))
        .collect();
    assert_eq!(ports, seen.ports.keys().copied().collect(), "ports");
    assert_wired(seen, wanted, &ports);
}

fn assert_wired(seen: &LabSeen, wanted: &LabSpec, ports: &BTreeSet<PortId>) {
    let mut bridges: BTreeSet<_> = wanted.networks.keys().copied().collect();
    let mut linked = BTreeSet::new();
    for link in wanted.links.values() {
        let hidden = link
            .network
            .filter(|_| wanted.hidden_bridge == HiddenBridge::Always);
        bridges.extend(hidden);
        for (end, other) in [(link.a, link.b), (link.b, link.a)] {
            let End::Interface { node, interface } = end else {
                continue;
            };
            let id = PortId::new(node, interface);
            linked.insert(id);
            let Some(port) = seen.ports.get(&id) else {
                continue;
            };
            assert!(
                link.state == LinkState::Up || !port.admin_up,
                "{id}: a cut is felt"
            );
            match other {
                End::Network(network) => {
                    assert_eq!((port.master, port.redirect), (Some(network), None), "{id}");
                }
                End::Interface { node, interface } => {
                    let peer = PortId::new(node, interface);
                    let to = ports.contains(&peer).then_some(RedirectSeen::To(peer));
                    assert_eq!((port.master, port.redirect), (hidden, to), "{id}");
                    assert!(
                        to.is_some() || !port.admin_up,
                        "{id}: a stopped node is felt"
                    );
                }
            }
        }
    }
    assert_eq!(bridges, seen.bridges.keys().copied().collect(), "bridges");
    let gateways = wanted.networks.iter();
    let gateways = gateways.filter_map(|(id, network)| Some((*id, network.gateway.clone()?)));
    let seen_gateways = seen.gateways.iter();
    let seen_gateways = seen_gateways.map(|(id, gateway)| (*id, gateway.gateway.clone()));
    assert!(gateways.eq(seen_gateways), "gateways");
    for (id, port) in seen.ports.iter().filter(|(id, _)| !linked.contains(id)) {
        assert_eq!(
            (port.admin_up, port.redirect),
            (false, None),
            "{id} has no cable"
        );
    }
}

/// Plans, checks and plays until nothing is left to do; says how often.
fn converge(host: &mut Host, wanted: &LabSpec) -> usize {
    for round in 0..6 {
        let seen = host.observe();
        let plan = plan_lab(wanted, &seen, &names(wanted));
        let broken = check(&plan, wanted, &seen, &names(wanted));
        assert!(broken.is_empty(), "{broken:#?}\n{plan:#?}");
        if plan.is_empty() {
            return round;
        }
        if round > 0 {
            let carrier_only = plan
                .steps()
                .all(|step| matches!(step, Step::SetAdmin { .. }));
            assert!(carrier_only, "only carrier needs a second look: {plan:#?}");
        }
        host.apply(&plan, wanted);
    }
    panic!("the plans never come to an end")
}

fn host_with(lab: &LabSpec, mishaps: &[Mishap], ports_linger: bool) -> Host {
    let mut host = Host {
        ports_linger,
        ..Host::default()
    };
    converge(&mut host, lab);
    for mishap in mishaps {
        befall(&mut host, mishap, &names(lab));
    }
    host
}

/// A container whose restart policy is to stay as it is.
#[test]
fn a_node_that_ended_by_itself_is_started_by_another_wish_alone() {
    let id = 1.try_into().unwrap();
    let draw = (true, 3, 0, 1, true, 0);
    let lab = |start| {
        let mut node = node(1, draw);
        node.run = RunWish::On { start };
        LabSpec {
            lab: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
            name: "lab".into(),
            hidden_bridge: HiddenBridge::OnDemand,
            nodes: BTreeMap::from([(id, node)]),
            networks: BTreeMap::new(),
            links: BTreeMap::new(),
        }
    };
    let mut host = Host::default();
    converge(&mut host, &lab(3));
    host.stop(id);
    host.nodes.get_mut(&id).unwrap().start = 3;
    host.ports.clear();
    let seen = host.observe();
    assert!(plan_lab(&lab(3), &seen, &names(&lab(3))).is_empty());
    converge(&mut host, &lab(4));
    assert_eq!(host.nodes[&id].start, 4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn from_nothing_one_plan_makes_the_lab(lab in lab()) {
        let mut host = Host::default();
        prop_assert!(converge(&mut host, &lab) <= 1, "the second plan is empty");
        assert_as_wanted(&host.observe(), &lab);
    }

    #[test]
    fn from_any_host_the_plans_make_the_lab(
        (before, after) in two_labs(), mishaps in mishaps(), linger in any::<bool>(),
    ) {
        let mut host = host_with(&before, &mishaps, linger);
        converge(&mut host, &after);
        assert_as_wanted(&host.observe(), &after);
    }

    #[test]
    fn foreign_devices_break_no_rule_and_are_left_alone(
        (before, after) in two_labs(), mishaps in foreigners(),
    ) {
        let mut host = host_with(&before, &mishaps, false);
        converge(&mut host, &after);
        let seen = host.observe();
        let names = names(&after);
        prop_assert!(seen.ports.keys().all(|port| !seen.foreign.contains(&names.port(*port))));
        prop_assert!(seen.bridges.keys().all(|id| !seen.foreign.contains(&names.bridge(*id))));
    }

    #[test]
    fn an_executor_that_dies_anywhere_is_continued(
        (before, after) in two_labs(), done in any::<Index>(), linger in any::<bool>(),
    ) {
        let mut host = host_with(&before, &[], linger);
        let plan = plan_lab(&after, &host.observe(), &names(&after));
        let steps: Vec<_> = plan.steps().cloned().collect();
        if !steps.is_empty() {
            steps[..done.index(steps.len())].iter().for_each(|step| host.play(step, &after));
        }
        converge(&mut host, &after);
        assert_as_wanted(&host.observe(), &after);
    }

    #[test]
    fn a_node_that_runs_as_wished_is_never_stopped((before, after) in two_labs()) {
        let host = host_with(&before, &[], false);
        let seen = host.observe();
        let plan = plan_lab(&after, &seen, &names(&after));
        for step in plan.steps() {
            if let Step::StopNode { node } = step && let Some(spec) = after.nodes.get(node) {
                let restart = matches!(spec.run, RunWish::On { start } if start > seen.nodes[node].start);
                let cannot = matches!(spec.driver, DriverSpec::CannotRun { .. });
                prop_assert!(restart || cannot || spec.run == RunWish::Off);
            }
        }
    }

    #[test]
    fn removal_leaves_nothing(lab in lab(), mishaps in mishaps()) {
        let mut host = host_with(&lab, &mishaps, true);
        let plan = plan_removal(&host.observe());
        host.apply(&plan, &lab);
        prop_assert_eq!(host.observe(), LabSeen::default());
        prop_assert!(plan_removal(&host.observe()).is_empty());
    }

    #[test]
    fn the_same_inputs_give_the_same_plan((before, after) in two_labs()) {
        let seen = host_with(&before, &[], false).observe();
        let plan = || plan_lab(&after, &seen, &names(&after));
        prop_assert_eq!(plan(), plan());
    }
}
