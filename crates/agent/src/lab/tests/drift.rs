//! Somebody with `ip` in hand touches a lab that runs: it is told, left alone, and mended when asked.

use std::os::fd::{AsFd, AsRawFd};
use std::process::Command;

use agent_api::{Discovery, Repair};
use model::drift::{Drift, DriftKind, Found};
use model::spec::{HiddenBridge, LinkSpec, NetworkSpec};
use model::{End, LinkId};

use super::*;

/// What an event makes known is known in this time, on a machine that does other things too.
const AT_ONCE: Duration = Duration::from_secs(5);

/// The triangle with every bridge, and node 1's third interface in the shared network 7.
fn lab() -> LabSpec {
    let mut spec = triangle();
    spec.hidden_bridge = HiddenBridge::Always;
    for node in [1, 2] {
        let its = spec.nodes.get_mut(&id(node)).unwrap();
        let mut interface = its.interfaces[&id(0)].clone();
        interface.name = "eth2".into();
        interface.mac.0[5] += 2;
        interface.addresses.clear();
        its.interfaces.insert(id(2), interface);
    }
    let network = NetworkSpec {
        name: "lan".into(),
        uplink: None,
        gateway: None,
    };
    spec.networks.insert(id(7), network);
    let link = LinkSpec {
        a: End::Interface {
            node: id(1),
            interface: id(2),
        },
        b: End::Network(id(7)),
        network: None,
        state: LinkState::Up,
    };
    spec.links.insert(id(4), link);
    spec
}

impl TestAgent {
    /// One whose lab runs and was found right.
    async fn with_lab(test: &str) -> Option<Self> {
        let agent = Self::start(test).await?;
        agent.apply(1, lab()).await;
        eventually("all links are plumbed", || async {
            let status = agent.status().await;
            let links = status.labs[&lab_id()].links.values();
            links.clone().count() == 4 && links.clone().all(|link| link.plumbed == Plumbed::Yes)
        })
        .await;
        Some(agent)
    }

    fn port_name(&self, node: u64, interface: u64) -> String {
        self.names().port(PortId::new(id(node), id(interface)))
    }

    fn bridge_name(&self, network: u64) -> String {
        self.names().bridge(id(network))
    }

    fn names(&self) -> Names {
        Names::new(&self.host.instance, lab_id())
    }

    /// `ip` on the agent's host.
    fn ip(&self, arguments: &str) {
        ip_in(&self.namespace, arguments);
    }

    async fn drifts(&self) -> Vec<Drift> {
        let mut status = self.status().await;
        status.labs.remove(&lab_id()).unwrap_or_default().drifts
    }

    /// The one drift there is, within `limit`. For a moment there may be more: of a bridge that goes, the
    /// kernel tells first that its ports are in none.
    async fn told_within(&self, limit: Duration) -> Drift {
        let begun = Instant::now();
        let mut drifts = Vec::new();
        while drifts.len() != 1 {
            assert!(begun.elapsed() < limit, "{drifts:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
            drifts = self.drifts().await;
        }
        drifts.remove(0)
    }

    /// It is not mended by passes that come by.
    async fn stays(&self, drift: &Drift) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(self.drifts().await, std::slice::from_ref(drift));
    }

    async fn repair(&self) {
        let repair = Repair {
            lab: lab_id(),
            only: None,
        };
        self.agent.repair(repair).await.unwrap();
        self.is_right().await;
    }

    async fn is_right(&self) {
        eventually("there is no drift, and every link is plumbed", || async {
            let status = self.status().await;
            let lab = &status.labs[&lab_id()];
            let mut links = lab.links.values();
            lab.drifts.is_empty() && links.all(|link| link.plumbed == Plumbed::Yes)
        })
        .await;
    }

    async fn plumbed(&self, link: u64) -> (Plumbed, String) {
        let status = self.status().await;
        let link = &status.labs[&lab_id()].links[&id::<LinkId>(link)];
        (link.plumbed, link.why.clone())
    }
}

pub(super) fn ip_in(namespace: &Namespace, arguments: &str) {
    let words: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    let run = move || Command::new("ip").args(words).output().unwrap();
    let output = namespace.run(run).unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "ip {arguments}: {said}");
}

/// The way by which a namespace can be named to `ip`.
fn path_of(namespace: &impl AsFd) -> String {
    let (pid, fd) = (std::process::id(), namespace.as_fd().as_raw_fd());
    format!("/proc/{pid}/fd/{fd}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_port_is_a_lost_link_until_it_is_repaired() {
    let test = "a_removed_port_is_a_lost_link_until_it_is_repaired";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    agent.ip(&format!("link delete {}", agent.port_name(1, 0)));
    let drift = agent.told_within(AT_ONCE).await;
    assert_eq!((drift.kind, drift.link), (DriftKind::LostLink, Some(id(1))));
    let (plumbed, why) = agent.plumbed(1).await;
    assert_eq!((plumbed, &why), (Plumbed::No, &drift.why));
    agent.stays(&drift).await;
    agent.repair().await;
    eventually("node 2 has carrier", || agent.inner_carrier(2, 0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_port_is_discovered_shown_and_never_touched() {
    let test = "a_foreign_port_is_discovered_shown_and_never_touched";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    agent.ip("link add away type veth peer name away2");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(agent.drifts().await, [], "it is none of the lab's business");
    agent.ip(&format!("link set away master {}", agent.bridge_name(7)));
    let drift = agent.told_within(AT_ONCE).await;
    assert_eq!(drift.kind, DriftKind::DiscoveredLink);
    assert_eq!(
        (drift.device.as_str(), drift.network),
        ("away", Some(id(7)))
    );
    let repair = Repair {
        lab: lab_id(),
        only: None,
    };
    agent.agent.repair(repair).await.unwrap();
    agent.stays(&drift).await;
    agent.ip("link set away nomaster");
    agent.is_right().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_bridge_is_told_and_gets_its_name_back() {
    let test = "a_renamed_bridge_is_told_and_gets_its_name_back";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    let bridge = agent.bridge_name(7);
    let before = agent.devices().await.bridges[&id(7)].ifindex;
    agent.ip(&format!("link set {bridge} down"));
    agent.ip(&format!("link set {bridge} name mine"));
    let drift = agent.told_within(AT_ONCE).await;
    let name = Found::Name {
        name: "mine".into(),
    };
    assert_eq!(
        (drift.kind, drift.link),
        (DriftKind::MovedLink, Some(id(4)))
    );
    assert_eq!(drift.found, Some(name));
    agent.stays(&drift).await;
    agent.repair().await;
    let after = agent.devices().await.bridges[&id(7)].clone();
    assert_eq!((after.ifindex, after.admin_up), (before, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_bridge_loses_its_links_until_it_is_repaired() {
    let test = "a_deleted_bridge_loses_its_links_until_it_is_repaired";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    agent.ip(&format!("link delete {}", agent.bridge_name(2)));
    let drift = agent.told_within(AT_ONCE).await;
    assert_eq!((drift.kind, drift.link), (DriftKind::LostLink, Some(id(2))));
    agent.stays(&drift).await;
    agent.repair().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_moved_to_another_namespace_is_told_and_made_anew() {
    let test = "a_device_moved_to_another_namespace_is_told_and_made_anew";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    let elsewhere = Namespace::new().unwrap();
    let port = agent.port_name(1, 2);
    agent.ip(&format!("link set {port} netns {}", path_of(&elsewhere)));
    let drift = agent.told_within(AT_ONCE).await;
    assert_eq!(
        (drift.kind, drift.link),
        (DriftKind::MovedLink, Some(id(4)))
    );
    assert_eq!(drift.found, Some(Found::Namespace { node: None }));
    agent.stays(&drift).await;
    agent.repair().await;
    let left = move || Command::new("ip").args(["-o", "link"]).output().unwrap();
    let left = elsewhere.run(left).unwrap();
    assert!(
        !String::from_utf8_lossy(&left.stdout).contains(&port),
        "the old one is gone"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nodes_end_moved_into_another_node_is_told_and_made_anew() {
    let test = "a_nodes_end_moved_into_another_node_is_told_and_made_anew";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    let [from, to] = [1, 3].map(|node| agent.driver.netns(agent.node(node)));
    let (from, to) = (from.await.unwrap(), to.await.unwrap());
    let inside = |arguments: String, netns: &std::os::fd::OwnedFd| {
        let netns = format!("--net={}", path_of(netns));
        let mut enter = Command::new("nsenter");
        enter
            .args([netns.as_str(), "ip"])
            .args(arguments.split(' '));
        assert!(enter.status().unwrap().success());
    };
    inside(
        format!("link set eth0 netns {} name lost", path_of(&to)),
        &from,
    );
    let drift = agent.told_within(AT_ONCE).await;
    assert_eq!(
        (drift.kind, drift.link),
        (DriftKind::MovedLink, Some(id(1)))
    );
    assert_eq!(drift.found, Some(Found::Namespace { node: Some(id(3)) }));
    agent.stays(&drift).await;
    agent.repair().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_host_end_gets_its_name_back_and_nothing_is_lost() {
    let test = "a_renamed_host_end_gets_its_name_back_and_nothing_is_lost";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    let port = PortId::new(id(2), id(1));
    let before = agent.devices().await.ports[&port].ifindex;
    let name = agent.port_name(2, 1);
    agent.ip(&format!("link set {name} down"));
    agent.ip(&format!("link set {name} name mine"));
    let drift = agent.told_within(AT_ONCE).await;
    assert_eq!(
        (drift.kind, drift.link),
        (DriftKind::MovedLink, Some(id(2)))
    );
    agent.stays(&drift).await;
    agent.repair().await;
    assert_eq!(agent.devices().await.ports[&port].ifindex, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_named_is_repaired() {
    let test = "only_what_is_named_is_repaired";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    agent.ip(&format!("link delete {}", agent.port_name(1, 0)));
    agent.ip(&format!("link delete {}", agent.port_name(2, 1)));
    eventually("both are told", || async {
        agent.drifts().await.len() == 2
    })
    .await;
    let repair = Repair {
        lab: lab_id(),
        only: Some([agent.drifts().await[0].id.clone()].into()),
    };
    agent.agent.repair(repair).await.unwrap();
    eventually("one is mended", || async {
        agent.drifts().await.len() == 1
    })
    .await;
    let left = agent.told_within(AT_ONCE).await;
    assert_eq!(left.link, Some(id(2)));
    agent.stays(&left).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_put_into_a_network_by_hand_is_adopted_by_a_wish() {
    let test = "an_interface_put_into_a_network_by_hand_is_adopted_by_a_wish";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    let (port, bridge) = (agent.port_name(2, 2), agent.bridge_name(7));
    agent.ip(&format!("link set {port} master {bridge}"));
    let drift = agent.told_within(AT_ONCE).await;
    assert_eq!(drift.kind, DriftKind::DiscoveredLink);
    agent.stays(&drift).await;
    let mut spec = lab();
    let link = LinkSpec {
        a: End::Interface {
            node: id(2),
            interface: id(2),
        },
        ..spec.links[&id::<LinkId>(4)].clone()
    };
    spec.links.insert(id(5), link);
    agent.apply(2, spec).await;
    agent.is_right().await;
    eventually("it has carrier", || agent.inner_carrier(2, 2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_node_a_restart_and_a_new_agent_are_no_drift() {
    let test = "a_stopped_node_a_restart_and_a_new_agent_are_no_drift";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    let mut events = agent.agent.events();
    agent.apply(2, switched_off(lab(), &[1])).await;
    eventually("node 1 is stopped", || async {
        agent.state(1).await == NodeState::Stopped
    })
    .await;
    let mut spec = lab();
    spec.nodes.get_mut(&id(1)).unwrap().run = RunWish::On { start: 2 };
    agent.apply(3, spec).await;
    agent.until_running(1).await;
    agent.is_right().await;
    while let Ok(event) = events.try_recv() {
        if let ClientEvent::Agent(agent_api::Event::Lab { status, .. }) = event {
            assert_eq!(status.drifts, []);
        }
    }
    let agent = agent.restart().await;
    agent.is_right().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_events_blocked_everything_is_told_within_one_cadence() {
    let test = "with_events_blocked_everything_is_told_within_one_cadence";
    let Some(agent) = TestAgent::with_lab(test).await else {
        return;
    };
    let discovery = Discovery { cadence_s: 5 };
    agent.agent.set_discovery(discovery).await.unwrap();
    agent.host.fabric.deafen().await.unwrap();
    let elsewhere = Namespace::new().unwrap();
    let acts = [
        format!("link delete {}", agent.port_name(1, 0)),
        format!("link delete {}", agent.bridge_name(2)),
        format!(
            "link set {} netns {}",
            agent.port_name(1, 2),
            path_of(&elsewhere)
        ),
        "link add away type veth peer name away2".into(),
        format!("link set away master {}", agent.bridge_name(7)),
    ];
    for act in &acts {
        agent.ip(act);
    }
    let begun = Instant::now();
    let links = || async {
        let drifts = agent.drifts().await;
        let links = drifts.iter().map(|drift| drift.link);
        links.collect::<BTreeSet<_>>()
    };
    eventually("all is told", || async {
        links().await == BTreeSet::from([None, Some(id(1)), Some(id(2)), Some(id(4))])
    })
    .await;
    let cadence = Duration::from_secs(u64::from(discovery.cadence_s));
    assert!(begun.elapsed() < cadence + AT_ONCE, "{:?}", begun.elapsed());
}
