//! Plans of well-known moments, as a person reads them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

mod common;

use common::{Host, names};
use model::edit::{Edit, apply};
use model::lab::LinkState;
use model::plan::check::check;
use model::plan::{Plan, plan_lab, plan_removal};
use model::spec::{HiddenBridge, LabSpec, RunWishes, Wish, plan_spec};
use model::template::Templates;
use model::{Lab, NodeId};

const TEMPLATE: &str = r#"{"id":"host","name":"Host","group":"Hosts","description":"","icon":"server",
    "kind":"netns","interface_name":"eth{n}","interfaces":1,"ip_forward":false,
    "consoles":{"shell":["/bin/sh"]},"default_console":"shell","runs":"nothing"}"#;

/// Node 1 and node 2 are linked; nodes 2 (by its second interface) and 3 are on a shared network.
const LAB: &str = r#"{"schema":1,"id":"11111111-2222-3333-4444-555555555555","name":"three",
    "nodes":{
      "1":{"name":"a","template":"host","kind":"netns","settings":{},"interfaces":{"0":{"name":"eth0"}}},
      "2":{"name":"b","template":"host","kind":"netns","settings":{},
           "interfaces":{"0":{"name":"eth0"},"1":{"name":"eth1"}}},
      "3":{"name":"c","template":"host","kind":"netns","settings":{},"interfaces":{"0":{"name":"eth0"}}}},
    "networks":{"7":{"name":"lan"}},
    "links":[
      {"id":1,"network":1,"a":{"interface":{"node":1,"interface":0}},"b":{"interface":{"node":2,"interface":0}}},
      {"id":2,"a":{"interface":{"node":2,"interface":1}},"b":{"network":7}},
      {"id":3,"a":{"interface":{"node":3,"interface":0}},"b":{"network":7}}]}"#;

struct Story {
    lab: Lab,
    wishes: RunWishes,
    policy: HiddenBridge,
    host: Host,
}

impl Story {
    /// The lab runs.
    fn begin(policy: HiddenBridge) -> Self {
        let lab: Lab = serde_json::from_str(LAB).unwrap();
        let wish = Wish {
            on: true,
            start: 1,
            wipe: 0,
        };
        let wishes = lab.nodes.keys().map(|id| (*id, wish)).collect();
        Self {
            lab,
            wishes,
            policy,
            host: Host::default(),
        }
    }

    fn running(policy: HiddenBridge) -> Self {
        let mut story = Self::begin(policy);
        story.next();
        story
    }

    fn wish(&mut self, node: u64, change: impl FnOnce(&mut Wish)) {
        let id: NodeId = node.try_into().unwrap();
        change(self.wishes.get_mut(&id).unwrap());
    }

    fn edit(&mut self, edit: &Edit) {
        self.lab = apply(&self.lab, edit).unwrap().lab;
    }

    fn spec(&self) -> LabSpec {
        let templates = Templates::parse([("host.json", TEMPLATE)]).unwrap();
        let names = model::names::Names::new(&model::InstanceId("test".into()), self.lab.id);
        plan_spec(&self.lab, &self.wishes, &templates, &names, self.policy).unwrap()
    }

    /// Plans, plays, and tells what was done.
    fn next(&mut self) -> String {
        let (spec, seen) = (self.spec(), self.host.observe());
        let plan = plan_lab(&spec, &seen, &names(&spec));
        assert_eq!(
            check(&plan, &spec, &seen, &names(&spec)),
            Vec::<String>::new()
        );
        self.host.apply(&plan, &spec);
        told(&plan)
    }
}

fn told(plan: &Plan) -> String {
    let phase = |word: &str, steps: &[model::plan::Planned]| {
        let lines = steps
            .iter()
            .map(|p| format!("{word} {} ({})\n", p.step, p.why));
        lines.collect::<String>()
    };
    let blocked = plan
        .blocked
        .iter()
        .map(|(node, why)| format!("! node {node}: {why}\n"));
    phase("-", &plan.remove) + &phase("+", &plan.add) + &blocked.collect::<String>()
}

#[test]
fn a_lab_starts() {
    insta::assert_snapshot!(Story::begin(HiddenBridge::OnDemand).next());
}

#[test]
fn a_lab_starts_with_every_bridge() {
    insta::assert_snapshot!(Story::begin(HiddenBridge::Always).next());
}

#[test]
fn a_node_stops_and_the_other_feels_it() {
    let mut story = Story::running(HiddenBridge::OnDemand);
    story.wish(1, |wish| wish.on = false);
    insta::assert_snapshot!(story.next());
}

#[test]
fn a_node_restarts_with_its_data_wiped() {
    let mut story = Story::running(HiddenBridge::Always);
    story.wish(2, |wish| (wish.start, wish.wipe) = (2, 1));
    insta::assert_snapshot!(story.next());
}

#[test]
fn the_whole_lab_stops_by_one_message() {
    let mut story = Story::running(HiddenBridge::Always);
    story.host.ports_linger = true;
    (1..=3).for_each(|node| story.wish(node, |wish| wish.on = false));
    insta::assert_snapshot!(story.next());
}

#[test]
fn a_link_is_cut_and_healed() {
    let mut story = Story::running(HiddenBridge::OnDemand);
    let id = 1.try_into().unwrap();
    story.edit(&Edit::SetLinkState {
        id,
        state: LinkState::Cut,
    });
    let cut = story.next();
    story.edit(&Edit::SetLinkState {
        id,
        state: LinkState::Up,
    });
    insta::assert_snapshot!(format!("{cut}healed:\n{}", story.next()));
}

#[test]
fn a_link_becomes_a_shared_network() {
    let mut story = Story::running(HiddenBridge::OnDemand);
    story.edit(&Edit::ShareLink {
        id: 1.try_into().unwrap(),
        name: "wan".into(),
        position: model::Position::default(),
        second: 4.try_into().unwrap(),
    });
    insta::assert_snapshot!(story.next());
}

#[test]
fn a_running_node_gets_an_interface_and_another_goes() {
    let mut story = Story::running(HiddenBridge::OnDemand);
    let (id, first) = (1.try_into().unwrap(), 0.try_into().unwrap());
    let mut node = story.lab.nodes[&id].clone();
    let mut eth1 = node.interfaces.remove(&first).unwrap();
    eth1.name = "eth1".into();
    node.interfaces.insert(1.try_into().unwrap(), eth1);
    let unlink = Edit::RemoveLink {
        id: 1.try_into().unwrap(),
    };
    story.edit(&Edit::Batch {
        edits: vec![unlink, Edit::SetNode { id, node }],
    });
    insta::assert_snapshot!(story.next());
}

#[test]
fn a_foreign_device_with_our_name_blocks_its_node_alone() {
    let mut story = Story::begin(HiddenBridge::OnDemand);
    let names = names(&story.spec());
    let port = model::seen::PortId::new(1.try_into().unwrap(), 0.try_into().unwrap());
    story.host.foreign.insert(names.port(port));
    insta::assert_snapshot!(story.next());
}

#[test]
fn a_node_leaves_the_lab() {
    let mut story = Story::running(HiddenBridge::Always);
    story.edit(&Edit::RemoveNode {
        id: 1.try_into().unwrap(),
    });
    insta::assert_snapshot!(story.next());
}

#[test]
fn the_lab_is_removed() {
    let story = Story::running(HiddenBridge::Always);
    insta::assert_snapshot!(told(&plan_removal(&story.host.observe())));
}
