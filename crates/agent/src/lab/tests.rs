//! The reconciler on a real kernel: its host is a network namespace that is thrown away, its nodes
//! are empty namespaces of a fake driver.
#![expect(clippy::unwrap_used, reason = "tests")]

mod drift;
mod quick;

use std::future::Future;

use agent_api::{AgentClient, client::ClientEvent};
use agent_api::{ApplyOutcome, Capabilities, ControllerId, HostSpec, HostStatus};
use fabric::scratch::Namespace;
use model::seen::RedirectSeen;
use model::spec::RunWish;
use model::status::{NodeState, Plumbed};
use model::{HostId, InstanceId, LinkState, NodeId};
use runtime::{NodeDriver, docker};
use tempfile::TempDir;

use super::fake::FakeDriver;
use super::*;
use crate::config::Allow;
use crate::figures::Figures;
use crate::gateway::choose::Pools;
use crate::gateway::{self, Gateways};
use crate::host::Means;
use crate::ledger::{Controllers, Ledger};
use crate::service::Agent;
use crate::testing::{id, lab_id, triangle};

/// An agent with its own host.
struct TestAgent {
    agent: Arc<Agent>,
    driver: Arc<FakeDriver>,
    host: Arc<Host>,
    namespace: Namespace,
    folder: TempDir,
}

/// None where a namespace cannot be made; then it says so.
fn namespace_for(test: &str) -> Option<Namespace> {
    let made = Namespace::new().inspect_err(|error| {
        eprintln!("SKIP {test}: needs the right to make network namespaces: {error}");
    });
    made.ok()
}

impl TestAgent {
    /// None where a namespace cannot be made.
    async fn start(test: &str) -> Option<Self> {
        let namespace = namespace_for(test)?;
        let folder = tempfile::tempdir().unwrap();
        let driver = Arc::new(FakeDriver::new());
        Some(Self::on(namespace, folder, driver, Allow::default()).await)
    }

    async fn on(
        namespace: Namespace,
        folder: TempDir,
        driver: Arc<FakeDriver>,
        allow: Allow,
    ) -> Self {
        let host = host_on(&namespace, &folder, &driver, allow);
        let controllers = Controllers::new(folder.path().join("controllers"));
        let agent = Agent::start(host.clone(), controllers).await.unwrap();
        Self {
            agent,
            driver,
            host,
            namespace,
            folder,
        }
    }

    /// What `kill -9` and a new start do: nothing but the ledger, the kernel and the nodes is left.
    async fn restart(self) -> Self {
        self.restart_allowing(Allow::default()).await
    }

    /// The same, with another `agent.toml`.
    async fn restart_allowing(self, allow: Allow) -> Self {
        let Self {
            agent,
            driver,
            namespace,
            folder,
            ..
        } = self;
        drop(agent);
        Self::on(namespace, folder, driver, allow).await
    }

    async fn apply(&self, generation: u64, spec: LabSpec) -> ApplyOutcome {
        self.send(LabEntry::Present {
            generation: Generation(generation),
            spec,
        })
        .await
    }

    async fn send(&self, entry: LabEntry) -> ApplyOutcome {
        let wish = HostSpec {
            controller: ControllerId("one".into()),
            host: self.host.id,
            labs: BTreeMap::from([(lab_id(), entry)]),
            causes: BTreeMap::new(),
        };
        self.agent
            .apply(wish)
            .await
            .unwrap()
            .remove(&lab_id())
            .unwrap()
    }

    async fn status(&self) -> HostStatus {
        self.agent.status().await.unwrap()
    }

    async fn state(&self, node: u64) -> NodeState {
        let status = self.status().await;
        let lab = status.labs.get(&lab_id()).cloned().unwrap_or_default();
        lab.nodes
            .get(&id::<NodeId>(node))
            .map_or(NodeState::Stopped, |node| node.state.clone())
    }

    async fn until_all_links_are(&self, plumbed: Plumbed) {
        eventually(&format!("all links are {plumbed:?}"), || async {
            let status = self.status().await;
            let links = &status.labs[&lab_id()].links;
            links.len() == 3 && links.values().all(|link| link.plumbed == plumbed)
        })
        .await;
    }

    async fn until_running(&self, node: u64) {
        eventually(&format!("node {node} runs"), || async {
            self.state(node).await == NodeState::Running { booted: true }
        })
        .await;
    }

    fn node(&self, node: u64) -> NodeRef {
        let names = Names::new(&self.host.instance, lab_id());
        NodeRef {
            lab: lab_id(),
            hash: names.hash,
            node: id(node),
        }
    }

    async fn devices(&self) -> fabric::LabDevices {
        let names = Names::new(&self.host.instance, lab_id());
        self.host.fabric.observe_lab(&names).await.unwrap()
    }

    /// The carrier that a node sees on one of its interfaces.
    async fn inner_carrier(&self, node: u64, interface: u64) -> bool {
        let port = PortId::new(id(node), id(interface));
        let devices = self.devices().await;
        devices.ports.get(&port).is_some_and(|port| port.admin_up)
    }
}

fn host_on(
    namespace: &Namespace,
    folder: &TempDir,
    driver: &Arc<FakeDriver>,
    allow: Allow,
) -> Arc<Host> {
    let instance = InstanceId("test-instance".into());
    let gateways = Gateways::open(gateway::Settings {
        folder: folder.path().join("labs"),
        pools: Pools::new(None, None, &instance),
        instance: instance.clone(),
        program: None,
        scopes: false,
        own_network: false,
    });
    Arc::new(Host::new(
        HostId(uuid::Uuid::from_u128(1)),
        instance.clone(),
        Capabilities::default(),
        allow,
        Means {
            driver: driver.clone(),
            images: no_images(folder),
            fabric: namespace.fabric().unwrap(),
            gateways,
        },
        Ledger::open(folder.path(), instance).unwrap(),
        Figures::new(folder.path()),
    ))
}

/// The store of a host without an engine.
fn no_images(folder: &TempDir) -> Arc<docker::Driver> {
    let instance = InstanceId("test-instance".into());
    let mut config = docker::Config::new(folder.path(), instance, None);
    config.rootless = true;
    Arc::new(docker::Driver::new(config).unwrap())
}

async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_mins(1), waiting).await;
    assert!(waited.is_ok(), "waited a minute in vain until {what}");
}

fn named(name: &str) -> LabSpec {
    let mut spec = triangle();
    spec.nodes.get_mut(&id(3)).unwrap().name = name.into();
    spec
}

fn switched_off(mut spec: LabSpec, nodes: &[u64]) -> LabSpec {
    for node in nodes {
        spec.nodes.get_mut(&id(*node)).unwrap().run = RunWish::Off;
    }
    spec
}

#[tokio::test(flavor = "multi_thread")]
async fn a_triangle_comes_up_linked_as_drawn() {
    let Some(agent) = TestAgent::start("a_triangle_comes_up_linked_as_drawn").await else {
        return;
    };
    assert_eq!(agent.apply(1, triangle()).await, ApplyOutcome::Accepted);
    agent.until_all_links_are(Plumbed::Yes).await;
    let devices = agent.devices().await;
    let from = &devices.ports[&PortId::new(id(1), id(0))];
    assert_eq!(
        from.redirect,
        Some(RedirectSeen::To(PortId::new(id(2), id(0))))
    );
    assert!(
        devices.bridges.is_empty(),
        "hidden bridges are on demand here"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_agent_finds_everything_and_touches_nothing() {
    let Some(agent) = TestAgent::start("a_new_agent_finds_everything_and_touches_nothing").await
    else {
        return;
    };
    agent.apply(1, triangle()).await;
    agent.until_all_links_are(Plumbed::Yes).await;
    let before = agent.devices().await.ports;
    let agent = agent.restart().await;
    agent.until_all_links_are(Plumbed::Yes).await;
    for (port, seen) in agent.devices().await.ports {
        assert_eq!(
            seen.ifindex, before[&port].ifindex,
            "port {port} was made anew"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_holds_up_neither_the_others_nor_its_own_stop() {
    let Some(agent) =
        TestAgent::start("a_node_that_hangs_holds_up_neither_the_others_nor_its_own_stop").await
    else {
        return;
    };
    agent.apply(1, named("hang-3")).await;
    agent.until_running(1).await;
    agent.until_running(2).await;
    assert!(matches!(agent.state(3).await, NodeState::Starting { .. }));
    agent.apply(2, switched_off(named("hang-3"), &[1, 3])).await;
    eventually("both are stopped", || async {
        agent.state(1).await == NodeState::Stopped && agent.state(3).await == NodeState::Stopped
    })
    .await;
    assert_eq!(agent.state(2).await, NodeState::Running { booted: true });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_fails_fails_alone_and_says_why() {
    let Some(agent) = TestAgent::start("a_node_that_fails_fails_alone_and_says_why").await else {
        return;
    };
    agent.apply(1, named("fail-3")).await;
    agent.until_running(1).await;
    agent.until_running(2).await;
    eventually("node 3 failed", || async {
        match agent.state(3).await {
            NodeState::Failed { why } => why.contains("it was asked to fail"),
            _ => false,
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_that_died_is_started_again_and_told() {
    let Some(agent) = TestAgent::start("a_supervisor_that_died_is_started_again_and_told").await
    else {
        return;
    };
    agent.apply(1, triangle()).await;
    agent.until_all_links_are(Plumbed::Yes).await;
    let mut events = agent.agent.events();
    agent.driver.kill(agent.node(2));
    let notice = async {
        loop {
            if let ClientEvent::Agent(agent_api::Event::Notice { message, .. }) =
                events.recv().await.unwrap()
            {
                return message;
            }
        }
    };
    let notice = tokio::time::timeout(Duration::from_secs(30), notice)
        .await
        .unwrap();
    assert!(notice.contains("signal 9"), "{notice}");
    agent.until_running(2).await;
    agent.until_all_links_are(Plumbed::Yes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_node_and_a_cut_link_are_felt_on_the_other_side() {
    let Some(agent) =
        TestAgent::start("a_stopped_node_and_a_cut_link_are_felt_on_the_other_side").await
    else {
        return;
    };
    agent.apply(1, triangle()).await;
    agent.until_all_links_are(Plumbed::Yes).await;
    eventually("node 1 has carrier", || agent.inner_carrier(1, 0)).await;
    let mut cut = triangle();
    cut.links.get_mut(&id(1)).unwrap().state = LinkState::Cut;
    agent.apply(2, cut).await;
    eventually("the cut is felt", || async {
        !agent.inner_carrier(1, 0).await
    })
    .await;
    agent.apply(3, triangle()).await;
    eventually("the link is healed", || agent.inner_carrier(1, 0)).await;
    agent.apply(4, switched_off(triangle(), &[2])).await;
    eventually("the stop is felt", || async {
        !agent.inner_carrier(1, 0).await
    })
    .await;
    assert!(
        agent.inner_carrier(1, 1).await,
        "the other link is not touched"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_removes_to_the_last_object() {
    let Some(agent) = TestAgent::start("a_tombstone_removes_to_the_last_object").await else {
        return;
    };
    let mut spec = triangle();
    spec.hidden_bridge = model::spec::HiddenBridge::Always;
    agent.apply(1, spec).await;
    agent.until_all_links_are(Plumbed::Yes).await;
    assert_eq!(agent.devices().await.bridges.len(), 3);
    agent
        .send(LabEntry::Tombstone {
            generation: Generation(2),
        })
        .await;
    eventually("it is removed", || async {
        agent.status().await.removed.get(&lab_id()) == Some(&Generation(2))
    })
    .await;
    let left = agent.devices().await;
    assert!(left.ports.is_empty() && left.bridges.is_empty());
    assert!(agent.driver.observe_all().await.unwrap().is_empty());
    assert_eq!(agent.apply(3, triangle()).await, ApplyOutcome::Accepted);
    agent.until_all_links_are(Plumbed::Yes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lab_whose_ledger_file_is_broken_is_shown_and_left_alone() {
    let Some(agent) =
        TestAgent::start("a_lab_whose_ledger_file_is_broken_is_shown_and_left_alone").await
    else {
        return;
    };
    agent.apply(1, triangle()).await;
    agent.until_all_links_are(Plumbed::Yes).await;
    let before = agent.devices().await.ports.len();
    std::fs::write(agent.folder.path().join(format!("{}.json", lab_id())), "{").unwrap();
    let agent = agent.restart().await;
    eventually("it is shown broken", || async {
        let status = agent.status().await;
        let lab = &status.labs[&lab_id()];
        lab.problems
            .iter()
            .any(|problem| problem.contains("ledger file"))
            && lab.nodes.len() == 3
    })
    .await;
    assert_eq!(agent.state(1).await, NodeState::Running { booted: true });
    assert_eq!(agent.devices().await.ports.len(), before);
    let refused = agent.apply(9, triangle()).await;
    assert!(
        matches!(refused, ApplyOutcome::Invalid { .. }),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_wish_stops_and_starts_that_node_alone() {
    let Some(agent) = TestAgent::start("a_restart_wish_stops_and_starts_that_node_alone").await
    else {
        return;
    };
    agent.apply(1, triangle()).await;
    agent.until_all_links_are(Plumbed::Yes).await;
    let port = |node| PortId::new(id(node), id(0));
    let before = agent.devices().await.ports;
    let mut spec = triangle();
    spec.nodes.get_mut(&id(2)).unwrap().run = RunWish::On { start: 2 };
    agent.apply(2, spec).await;
    eventually("node 2 runs for its second wish", || async {
        let status = agent.status().await;
        let node = &status.labs[&lab_id()].nodes[&id(2)];
        node.start == 2 && node.state == NodeState::Running { booted: true }
    })
    .await;
    agent.until_all_links_are(Plumbed::Yes).await;
    let after = agent.devices().await.ports;
    assert_ne!(after[&port(2)].ifindex, before[&port(2)].ifindex);
    assert_eq!(after[&port(1)].ifindex, before[&port(1)].ifindex);
}

fn with_a_bind(start: u64) -> LabSpec {
    let mut spec = triangle();
    let node = spec.nodes.get_mut(&id(1)).unwrap();
    node.run = RunWish::On { start };
    let model::spec::DriverSpec::Netns(netns) = &mut node.driver else {
        panic!("the triangle has netns nodes");
    };
    netns.host.binds.push(model::lab::Bind {
        source: "/srv/labs/shared".into(),
        target: "/mnt/shared".into(),
        write: false,
    });
    spec
}

fn names_the_key(outcome: &ApplyOutcome) -> bool {
    matches!(outcome, ApplyOutcome::Forbidden { problems } if problems[0].contains("bind_roots in agent.toml"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_agent_allowed_is_refused_after_agent_toml_was_tightened() {
    let test = "what_an_earlier_agent_allowed_is_refused_after_agent_toml_was_tightened";
    let Some(agent) = TestAgent::start(test).await else {
        return;
    };
    let allow = Allow {
        bind_roots: ["/srv/labs".into()].into(),
        ..Allow::default()
    };
    let agent = agent.restart_allowing(allow.clone()).await;
    assert_eq!(agent.apply(1, with_a_bind(1)).await, ApplyOutcome::Accepted);
    agent.until_all_links_are(Plumbed::Yes).await;
    let agent = agent.restart_allowing(allow).await;
    let again = agent.apply(1, with_a_bind(1)).await;
    assert_eq!(again, ApplyOutcome::Unchanged);

    let agent = agent.restart().await;
    eventually("the lab's problem names the key", || async {
        let status = agent.status().await;
        let problems = &status.labs[&lab_id()].problems;
        problems
            .iter()
            .any(|problem| problem.contains("bind_roots in agent.toml"))
    })
    .await;
    assert_eq!(agent.state(1).await, NodeState::Running { booted: true });
    let again = agent.apply(1, with_a_bind(1)).await;
    assert!(names_the_key(&again), "{again:?}");
    let restart = agent.apply(2, with_a_bind(2)).await;
    assert!(names_the_key(&restart), "{restart:?}");
    agent.driver.kill(agent.node(1));
    eventually("it is not started again", || async {
        agent.state(1).await == NodeState::Stopped
    })
    .await;

    assert_eq!(agent.apply(2, triangle()).await, ApplyOutcome::Accepted);
    agent.until_running(1).await;
    agent.until_all_links_are(Plumbed::Yes).await;
}
