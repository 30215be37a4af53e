//! Plans of well-known moments, as a person reads them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

mod common;

use std::sync::Arc;

use common::{Host, names};
use model::drift::{Discrepancy, Settled, adopt, compare};
use model::edit::{Edit, apply};
use model::lab::LinkState;
use model::names::host_mac;
use model::plan::check::check;
use model::plan::{Plan, Withheld, plan_lab, plan_removal, withhold};
use model::seen::{PortId, Stranger, Was};
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

/// A lab that runs and was found right, and what is told after somebody touched its host.
struct Touched {
    story: Story,
    settled: Settled,
}

impl Touched {
    fn new(policy: HiddenBridge) -> Self {
        let story = Story::running(policy);
        let mut settled = Settled::default();
        let spec = story.spec();
        settled.take(&spec, &story.host.observe(), &story.host.lives(&spec));
        Self { story, settled }
    }

    fn compare(&self) -> Vec<Discrepancy> {
        let (spec, host) = (self.story.spec(), &self.story.host);
        compare(
            &spec,
            &host.observe(),
            &names(&spec),
            &self.settled,
            &host.lives(&spec),
        )
    }

    /// The drifts, what adopting each would be, and what is done without and with a repair.
    fn tell(&self) -> String {
        let found = self.compare();
        let told = found.iter().map(|found| {
            let drift = &found.drift;
            let adopted = match adopt(&self.story.lab, drift) {
                Ok(edit) => {
                    apply(&self.story.lab, &edit).unwrap();
                    serde_json::to_string(&edit).unwrap()
                }
                Err(why) => why,
            };
            format!(
                "{} [{}]\n  {}\n  adopt: {adopted}\n",
                drift.kind.word(),
                drift.id,
                drift.why
            )
        });
        let (spec, mut seen) = (self.story.spec(), self.story.host.observe());
        let names = names(&spec);
        let mut withheld = Withheld::default();
        for found in &found {
            withheld.ports.extend(&found.withheld.ports);
            withheld.bridges.extend(&found.withheld.bridges);
        }
        let left = withhold(plan_lab(&spec, &seen, &names), &withheld);
        assert_eq!(check(&left, &spec, &seen, &names), Vec::<String>::new());
        for half in found.iter().filter(|found| found.is_half) {
            seen.ports
                .retain(|port, _| !half.withheld.ports.contains(port));
        }
        let repair = plan_lab(&spec, &seen, &names);
        assert_eq!(check(&repair, &spec, &seen, &names), Vec::<String>::new());
        let told: String = told.collect();
        format!(
            "{told}by itself:\n{}repaired:\n{}",
            self::told(&left),
            self::told(&repair)
        )
    }

    fn mac(&self, port: PortId) -> model::Mac {
        self.story.spec().nodes[&port.node].interfaces[&port.interface].mac
    }
}

fn port(node: u64, interface: u64) -> PortId {
    PortId::new(node.try_into().unwrap(), interface.try_into().unwrap())
}

#[test]
fn a_port_is_removed_by_hand() {
    let mut touched = Touched::new(HiddenBridge::Always);
    touched.story.host.remove_port(port(1, 0));
    insta::assert_snapshot!(touched.tell());
}

#[test]
fn a_foreign_port_joins_a_shared_network_and_one_a_hidden_one() {
    let mut touched = Touched::new(HiddenBridge::Always);
    for (name, network) in [("eth9", 7), ("veth1", 1)] {
        touched.story.host.strangers.push(Stranger {
            name: name.into(),
            master: Some(u64::try_into(network).unwrap()),
            was: None,
        });
    }
    let told = touched.tell();
    let mut drift = touched.compare().remove(1).drift;
    drift.allowed = true;
    let adopted = adopt(&touched.story.lab, &drift).unwrap();
    let adopted = serde_json::to_string(&adopted).unwrap();
    insta::assert_snapshot!(format!("{told}allowed: {adopted}\n"));
}

#[test]
fn a_bridge_is_renamed() {
    let mut touched = Touched::new(HiddenBridge::Always);
    let network = 7.try_into().unwrap();
    touched.story.host.remove_bridge(network);
    touched.story.host.strangers.push(Stranger {
        name: "br7".into(),
        master: None,
        was: Some(Was::Bridge(network)),
    });
    for id in [port(2, 1), port(3, 0)] {
        touched
            .story
            .host
            .ports
            .get_mut(&id)
            .unwrap()
            .foreign_master = Some("br7".into());
    }
    insta::assert_snapshot!(touched.tell());
}

#[test]
fn a_bridge_is_deleted() {
    let mut touched = Touched::new(HiddenBridge::Always);
    touched.story.host.remove_bridge(1.try_into().unwrap());
    touched.story.host.remove_bridge(7.try_into().unwrap());
    insta::assert_snapshot!(touched.tell());
}

#[test]
fn a_host_end_is_moved_to_another_namespace_and_one_is_renamed() {
    let mut touched = Touched::new(HiddenBridge::OnDemand);
    let (moved, renamed) = (port(2, 1), port(3, 0));
    let mac = host_mac(touched.mac(renamed));
    let host = &mut touched.story.host;
    host.ports.remove(&moved);
    host.ports.remove(&renamed);
    host.strangers.push(Stranger {
        name: "up3".into(),
        master: Some(7.try_into().unwrap()),
        was: Some(Was::Port(mac)),
    });
    insta::assert_snapshot!(touched.tell());
}

#[test]
fn a_nodes_end_is_moved_into_another_node() {
    let mut touched = Touched::new(HiddenBridge::Always);
    let nodes = &mut touched.story.host.nodes;
    let from = nodes.get_mut(&1.try_into().unwrap()).unwrap();
    let inner = Arc::make_mut(&mut from.interfaces).remove("eth0").unwrap();
    let to = nodes.get_mut(&3.try_into().unwrap()).unwrap();
    Arc::make_mut(&mut to.interfaces).insert("x".into(), inner);
    insta::assert_snapshot!(touched.tell());
}

#[test]
fn a_port_is_put_into_another_network() {
    let mut touched = Touched::new(HiddenBridge::Always);
    let end = touched.story.host.ports.get_mut(&port(2, 1)).unwrap();
    end.master = Some(1.try_into().unwrap());
    insta::assert_snapshot!(touched.tell());
}

#[test]
fn an_interface_without_a_link_is_put_into_a_network() {
    let mut touched = Touched::new(HiddenBridge::Always);
    let id = 3.try_into().unwrap();
    touched.story.edit(&Edit::RemoveLink { id });
    touched.story.next();
    let (spec, host) = (touched.story.spec(), &touched.story.host);
    touched
        .settled
        .take(&spec, &host.observe(), &host.lives(&spec));
    let end = touched.story.host.ports.get_mut(&port(3, 0)).unwrap();
    end.master = Some(7.try_into().unwrap());
    insta::assert_snapshot!(touched.tell());
}
