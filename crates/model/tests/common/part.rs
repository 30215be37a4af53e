//! The part of a lab that an edit changes, by properties: its plan is what the whole plan has for it.

use model::plan::check::check;
use model::plan::{Part, Plan, Planned, Step, plan_lab};
use model::seen::{LabSeen, PortId};
use model::spec::{LabSpec, LinkSpec, RunWish};
use model::{End, IfaceIndex, LinkState, NodeId};
use proptest::prelude::*;
use proptest::sample::Index;

use super::common::{Host, names};
use super::{change_lab, host_with, lab, mishaps, node, pick, two_labs};

/// What a person does to links while the nodes run.
#[derive(Debug, Clone)]
enum Edit {
    AddLink(Index, Index),
    RemoveLink(Index),
    Cut(Index),
    /// The link's second end goes to another interface, or to a network.
    Move(Index, Index, bool),
    RemoveInterface(Index),
    Rename(Index),
    /// An interface gets another address, and its link stays.
    Readdress(Index),
    /// Also what stops and starts nodes.
    Change(Index, bool, u64),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let any = any::<Index>;
    let one = prop_oneof![
        4 => (any(), any()).prop_map(|(a, b)| Edit::AddLink(a, b)),
        2 => any().prop_map(Edit::RemoveLink),
        2 => any().prop_map(Edit::Cut),
        2 => (any(), any(), proptest::bool::ANY).prop_map(|(link, to, shared)| Edit::Move(link, to, shared)),
        1 => any().prop_map(Edit::RemoveInterface),
        1 => any().prop_map(Edit::Rename),
        2 => any().prop_map(Edit::Readdress),
        1 => (any(), proptest::bool::ANY, 0..2_u64).prop_map(|(node, on, start)| Edit::Change(node, on, start)),
    ];
    proptest::collection::vec(one, 1..4)
}

/// A new interface of the node: its number is the next.
fn add_interface(lab: &mut LabSpec, id: NodeId) -> End {
    let spec = lab.nodes.get_mut(&id).unwrap();
    let last = spec.interfaces.keys().last();
    let next = last.map_or(0, |last| u64::from(*last) + 1);
    let index: IfaceIndex = next.try_into().unwrap();
    let count = u8::try_from(next + 1).unwrap();
    let all = node(id.get(), (true, 1, 0, count, true, 0)).interfaces;
    spec.interfaces.insert(index, all[&index].clone());
    End::Interface {
        node: id,
        interface: index,
    }
}

fn add_link(lab: &mut LabSpec, a: End, b: End) {
    let last = lab.links.keys().last().map_or(0, |last| u64::from(*last));
    let is_shared = matches!(a, End::Network(_)) || matches!(b, End::Network(_));
    let network = (!is_shared).then(|| (last + 100).try_into().unwrap());
    let state = LinkState::Up;
    let link = LinkSpec {
        a,
        b,
        network,
        state,
    };
    lab.links.insert((last + 1).try_into().unwrap(), link);
}

fn edit(lab: &mut LabSpec, edit: &Edit) {
    let a_link = |index: &Index, lab: &LabSpec| pick(*index, lab.links.keys().copied());
    match edit {
        Edit::AddLink(a, b) => {
            let nodes = |index: &Index| pick(*index, lab.nodes.keys().copied());
            if let (Some(a), Some(b)) = (nodes(a), nodes(b)) {
                let (a, b) = (add_interface(lab, a), add_interface(lab, b));
                add_link(lab, a, b);
            }
        }
        Edit::RemoveLink(link) => {
            if let Some(link) = a_link(link, lab) {
                lab.links.remove(&link);
            }
        }
        Edit::Cut(link) => {
            if let Some(link) = a_link(link, lab) {
                lab.links.get_mut(&link).unwrap().state = LinkState::Cut;
            }
        }
        Edit::Move(link, to, shared) => {
            let Some(link) = a_link(link, lab) else {
                return;
            };
            let a = lab.links.remove(&link).unwrap().a;
            let network = pick(*to, lab.networks.keys().copied()).filter(|_| *shared);
            let to = network.map_or_else(
                || {
                    let node = pick(*to, lab.nodes.keys().copied()).unwrap();
                    add_interface(lab, node)
                },
                End::Network,
            );
            add_link(lab, a, to);
        }
        Edit::RemoveInterface(node) => {
            let Some(node) = pick(*node, lab.nodes.keys().copied()) else {
                return;
            };
            let spec = lab.nodes.get_mut(&node).unwrap();
            if let Some((interface, _)) = spec.interfaces.pop_last() {
                let gone = End::Interface { node, interface };
                lab.links.retain(|_, link| link.a != gone && link.b != gone);
            }
        }
        Edit::Rename(node) => {
            if let Some(node) = pick(*node, lab.nodes.keys().copied()) {
                lab.nodes.get_mut(&node).unwrap().name = "other".into();
            }
        }
        Edit::Readdress(node) => {
            let node = pick(*node, lab.nodes.keys().copied());
            let spec = node.and_then(|node| lab.nodes.get_mut(&node));
            let first = spec.and_then(|spec| spec.interfaces.values_mut().next());
            if let Some(own) = first {
                own.mac.0[1] = 7;
            }
        }
        Edit::Change(node, on, start) => {
            change_lab(lab, (*node, *on, *start, 0, *node, false));
        }
    }
}

fn is_in(part: &Part, step: &Step) -> bool {
    let has = |port: &PortId| part.ports.contains(port);
    match step {
        Step::RemoveRedirect { port }
        | Step::RemovePort { port }
        | Step::EnsurePort { port, .. }
        | Step::SetMaster { port, .. }
        | Step::ConfigureInterface { port }
        | Step::SetAdmin { port, .. } => has(port),
        Step::EnsureRedirect { from, to } => has(from) && has(to),
        Step::RemoveBridge { network }
        | Step::EnsureBridge { network, .. }
        | Step::RemoveGateway { network }
        | Step::EnsureGateway { network, .. } => part.networks.contains(network),
        _ => false,
    }
}

fn restricted(part: &Part, plan: &Plan) -> Plan {
    let of_part = |steps: &[Planned]| {
        let own = steps.iter().filter(|planned| is_in(part, &planned.step));
        own.cloned().collect()
    };
    Plan {
        remove: of_part(&plan.remove),
        add: of_part(&plan.add),
        ..Plan::default()
    }
}

/// The part's plan and the whole one, where there is a part that can be planned.
fn plans(before: &LabSpec, after: &LabSpec, host: &Host) -> Option<(Part, Plan, Plan)> {
    let part = Part::between(before, after)?;
    let (seen, names) = (host.observe(), names(after));
    let look = look_at(&part, seen.clone());
    let of_part = part.plan(after, &look, &names)?;
    let broken = check(&of_part, &part.of_spec(after), &look, &names);
    assert!(broken.is_empty(), "{broken:#?}\n{of_part:#?}");
    Some((part, of_part, plan_lab(after, &seen, &names)))
}

/// No more than a part's plan needs.
fn look_at(part: &Part, mut whole: LabSeen) -> LabSeen {
    let nodes = part.nodes();
    whole.nodes.retain(|id, _| nodes.contains(id));
    whole.ports.retain(|id, _| part.ports.contains(id));
    whole.bridges.retain(|id, _| part.networks.contains(id));
    whole.gateways.retain(|id, _| part.networks.contains(id));
    whole
}

fn edited(before: &LabSpec, edits: &[Edit]) -> LabSpec {
    let mut after = before.clone();
    for one in edits {
        edit(&mut after, one);
    }
    after
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_a_host_that_was_right_the_parts_plan_is_the_whole_plan(before in lab(), edits in edits()) {
        let after = edited(&before, &edits);
        if let Some((_, of_part, whole)) = plans(&before, &after, &host_with(&before, &[], false)) {
            prop_assert_eq!(of_part, whole);
        }
    }

    #[test]
    fn whatever_else_is_wrong_the_parts_plan_is_the_whole_plans_part(
        before in lab(), edits in edits(), mishaps in mishaps(), linger in any::<bool>(),
    ) {
        let after = edited(&before, &edits);
        let host = host_with(&before, &mishaps, linger);
        if let Some((part, of_part, whole)) = plans(&before, &after, &host)
            && !whole.steps().any(|step| *step == Step::RemoveAllPorts)
        {
            prop_assert_eq!(of_part, restricted(&part, &whole));
        }
    }

    #[test]
    fn nodes_that_stop_or_start_are_no_part((before, after) in two_labs()) {
        if Part::between(&before, &after).is_some() {
            let runs = |lab: &LabSpec| -> Vec<(NodeId, RunWish)> {
                lab.nodes.iter().map(|(id, node)| (*id, node.run)).collect()
            };
            prop_assert_eq!(runs(&before), runs(&after));
        }
    }

    #[test]
    fn one_link_more_between_running_nodes_is_planned_as_a_part(lab in lab(), a in any::<Index>(), b in any::<Index>()) {
        let mut before = lab;
        before.nodes.values_mut().for_each(|node| node.run = RunWish::On { start: 1 });
        before.nodes.retain(|_, node| matches!(node.driver, model::spec::DriverSpec::Netns(_)));
        let nodes = before.nodes.clone();
        before.links.retain(|_, link| [link.a, link.b].iter().all(|end| match end {
            End::Interface { node, .. } => nodes.contains_key(node),
            End::Network(_) => true,
        }));
        let after = edited(&before, &[Edit::AddLink(a, b)]);
        let host = host_with(&before, &[], false);
        let found = plans(&before, &after, &host);
        prop_assert_eq!(found.is_some(), !before.nodes.is_empty());
        if let Some((part, of_part, _)) = found {
            prop_assert_eq!(part.ports.len(), 2);
            let made = of_part.steps().filter(|step| matches!(step, Step::EnsurePort { .. }));
            prop_assert_eq!(made.count(), 2);
        }
    }
}
