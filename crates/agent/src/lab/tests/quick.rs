//! The quick pass, driven by hand: no task of the lab runs, so that what each pass does can be told apart.

use fabric::LinkChange;
use futures_util::FutureExt;
use model::carrier::EndSeen;
use model::spec::{InterfaceSpec, LinkSpec};
use model::{End, IfaceIndex, Mac};

use super::super::pass::Outcome;
use super::super::{pass, quick};
use super::*;

struct Bench {
    lab: Arc<Inner>,
    host: Arc<Host>,
    namespace: Namespace,
    _folder: TempDir,
}

impl Bench {
    /// The triangle, found right; None where a namespace cannot be made.
    async fn right(test: &str) -> Option<Self> {
        let namespace = namespace_for(test)?;
        let folder = tempfile::tempdir().unwrap();
        let driver = Arc::new(FakeDriver::new());
        let host = host_on(&namespace, &folder, &driver, Allow::default());
        let bench = Self {
            lab: Arc::new(Inner::new(host.clone(), lab_id())),
            host,
            namespace,
            _folder: folder,
        };
        bench.wish(1, triangle());
        bench.until_right().await;
        Some(bench)
    }

    fn wish(&self, generation: u64, spec: LabSpec) {
        let wish = LabEntry::Present {
            generation: Generation(generation),
            spec,
        };
        let mut ledger = self.host.ledger();
        let mut keeping = ledger.prepare(lab_id(), wish).unwrap();
        ledger.count(&mut keeping);
        keeping.finish().unwrap();
    }

    async fn until_right(&self) {
        eventually("the lab is found right", || async {
            self.raise_ends().await;
            pass::run(&self.lab).await;
            self.lab.board().right_for.is_some()
        })
        .await;
    }

    /// In the follower's place.
    async fn raise_ends(&self) {
        for port in self.devices().await.ports.keys() {
            let raised = self.host.fabric.set_admin(&self.lab.names, *port, true);
            raised.await.unwrap();
        }
    }

    async fn devices(&self) -> fabric::LabDevices {
        self.host.fabric.observe_lab(&self.lab.names).await.unwrap()
    }

    async fn quick(&self) -> bool {
        quick::run(&self.lab, &Arc::new(self.lab.wish())).await
    }

    fn links_up(&self) -> usize {
        let status = self.lab.render();
        let up = status.links.values();
        up.filter(|link| link.plumbed == Plumbed::Yes).count()
    }
}

/// Between two nodes, each with an interface more.
fn linked(mut spec: LabSpec, number: u64, nodes: [u64; 2]) -> LabSpec {
    let ends = nodes.map(|n| {
        let index: IfaceIndex = id(number);
        let name = format!("eth{number}");
        let mac = Mac([
            2,
            0,
            0,
            1,
            u8::try_from(n).unwrap(),
            u8::try_from(number).unwrap(),
        ]);
        let (mtu, addresses) = (model::spec::MTU, Vec::new());
        let wanted = InterfaceSpec {
            name,
            mac,
            mtu,
            addresses,
        };
        let node = spec.nodes.get_mut(&id(n)).unwrap();
        node.interfaces.insert(index, wanted);
        End::Interface {
            node: id(n),
            interface: index,
        }
    });
    let link = LinkSpec {
        a: ends[0],
        b: ends[1],
        network: Some(id(number + 10)),
        state: LinkState::Up,
    };
    spec.links.insert(id(number + 10), link);
    spec
}

#[tokio::test(flavor = "multi_thread")]
async fn one_link_more_is_all_done_by_the_quick_pass_and_told_by_the_ordinary_one() {
    let test = "one_link_more_is_all_done_by_the_quick_pass_and_told_by_the_ordinary_one";
    let Some(bench) = Bench::right(test).await else {
        return;
    };
    bench.wish(2, linked(triangle(), 2, [1, 2]));
    assert!(bench.quick().await);
    let (a, b) = (PortId::new(id(1), id(2)), PortId::new(id(2), id(2)));
    let made = bench.devices().await.ports;
    for (from, to) in [(a, b), (b, a)] {
        assert_eq!(made[&from].redirect, Some(RedirectSeen::To(to)), "{from}");
    }
    assert_eq!(bench.links_up(), 3, "what is told is the ordinary pass's");
    assert!(!bench.quick().await, "once a wish");

    assert_eq!(
        pass::run(&bench.lab).await,
        Outcome::Quiet,
        "nothing is left to do"
    );
    assert_eq!(bench.links_up(), 4);
    let now = bench.devices().await.ports;
    assert_eq!(now[&a].ifindex, made[&a].ifindex, "nothing was made anew");
    bench.wish(3, linked(linked(triangle(), 2, [1, 2]), 3, [2, 3]));
    assert!(bench.quick().await, "the lab was found right again");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_or_starts_something_takes_the_ordinary_pass() {
    let test = "what_ends_or_starts_something_takes_the_ordinary_pass";
    let Some(bench) = Bench::right(test).await else {
        return;
    };
    let mut without = triangle();
    without.nodes.remove(&id(3));
    without.links.retain(|link, _| *link == id(1));
    let wishes = [switched_off(triangle(), &[3]), without, named("other")];
    for (generation, wish) in (2..).zip(wishes) {
        let right_for = bench.lab.board().right_for.clone();
        bench.wish(generation, wish);
        assert!(!bench.quick().await, "generation {generation}");
        bench.lab.board().right_for = right_for;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn drift_in_the_part_takes_the_ordinary_pass_and_drift_elsewhere_does_not() {
    let test = "drift_in_the_part_takes_the_ordinary_pass_and_drift_elsewhere_does_not";
    let Some(bench) = Bench::right(test).await else {
        return;
    };
    // Node 3's end of link 2.
    let lost = bench.lab.names.port(PortId::new(id(3), id(0)));
    drift::ip_in(&bench.namespace, &format!("link delete {lost}"));
    eventually("it is told", || async {
        pass::run(&bench.lab).await;
        !bench.lab.board().drifts.told().is_empty() && bench.lab.board().right_for.is_some()
    })
    .await;
    let right_for = bench.lab.board().right_for.clone();
    bench.wish(2, linked(triangle(), 2, [1, 3]));
    assert!(!bench.quick().await, "node 3 is concerned");
    bench.lab.board().right_for = right_for;
    bench.wish(3, linked(triangle(), 2, [1, 2]));
    assert!(bench.quick().await);
    let lost = PortId::new(id(3), id(0));
    assert!(
        !bench.devices().await.ports.contains_key(&lost),
        "nobody asked for it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_in_trouble_anywhere_takes_the_ordinary_pass() {
    let test = "a_node_in_trouble_anywhere_takes_the_ordinary_pass";
    let Some(bench) = Bench::right(test).await else {
        return;
    };
    let why = "no space".to_owned();
    let on = RunWish::On { start: 1 };
    bench
        .lab
        .board()
        .troubles
        .failed(id(3), why, on, Instant::now());
    bench.wish(2, linked(triangle(), 2, [1, 2]));
    assert!(!bench.quick().await);
}

/// A lab that is found right is left alone.
async fn until_no_pass(agent: &TestAgent) {
    let passes = || agent.host.figures.now(0).passes.count();
    loop {
        let before = passes();
        tokio::time::sleep(Duration::from_millis(400)).await;
        if passes() == before {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_end_of_a_new_link_is_lowered_on_its_way() {
    let test = "no_end_of_a_new_link_is_lowered_on_its_way";
    let Some(agent) = TestAgent::start(test).await else {
        return;
    };
    let mut spec = triangle();
    let until_plumbed = async |count| {
        eventually("the links are plumbed", || async {
            let status = agent.status().await;
            let links = status.labs[&lab_id()].links.values();
            links.filter(|link| link.plumbed == Plumbed::Yes).count() == count
        })
        .await;
        until_no_pass(&agent).await;
    };
    agent.apply(1, spec.clone()).await;
    until_plumbed(3).await;
    let mut watch = agent.host.fabric.watch_links().await.unwrap();
    for number in 2..8 {
        spec = linked(spec, number, [1, 2]);
        agent.apply(number, spec.clone()).await;
        until_plumbed(usize::try_from(number).unwrap() + 2).await;
    }
    let mut lowered = Vec::new();
    while let Some(Ok(change)) = watch.next().now_or_never() {
        if let LinkChange::Port {
            port,
            end: EndSeen::Present {
                admin_up: false, ..
            },
            ..
        } = change
        {
            lowered.push(port);
        }
    }
    assert_eq!(lowered, []);
}
