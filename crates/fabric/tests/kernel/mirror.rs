//! What is kept of the host and of nodes is as true as a look, whoever changed it.

use std::process::Command;
use std::time::{Duration, Instant};

use fabric::NodeNet;
use fabric::scratch::Namespace;
use model::seen::RedirectSeen;

use crate::ground::{Ground, Node, ground, ip, network, port};

#[tokio::test]
async fn a_host_that_stands_still_is_asked_nothing() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    let [_left, _right] = lab.link().await;
    lab.seen().await;
    let before = lab.fabric.requests_made().await.unwrap();
    lab.seen().await;
    assert_eq!(lab.fabric.requests_made().await.unwrap(), before);
    // A change by somebody else costs no question about devices either.
    ip(
        &lab.host,
        &format!("link set {} down", lab.names.bridge(network(7))),
    );
    assert!(!lab.seen().await.bridges[&network(7)].admin_up);
    assert_eq!(lab.fabric.requests_made().await.unwrap(), before);
}

#[tokio::test]
async fn filters_that_somebody_else_changes_are_seen() {
    let Some(lab) = ground() else { return };
    let [_left, _right] = lab.link().await;
    let (a, b) = (port(1, 0), port(2, 0));
    let device = lab.names.port(a);
    assert_eq!(redirect(&lab).await, Some(RedirectSeen::To(b)));
    run_tc(
        &lab.host,
        &format!("filter del dev {device} ingress prio 1"),
    );
    assert_eq!(redirect(&lab).await, None);
    lab.redirect(a, b).await;
    assert_eq!(redirect(&lab).await, Some(RedirectSeen::To(b)));
    run_tc(&lab.host, &format!("qdisc del dev {device} clsact"));
    assert_eq!(redirect(&lab).await, None);
    lab.redirect(a, b).await;
    assert_eq!(redirect(&lab).await, Some(RedirectSeen::To(b)));
}

#[tokio::test]
async fn devices_that_somebody_else_renames_or_deletes_are_seen() {
    let Some(lab) = ground() else { return };
    let [_left, _right] = lab.link().await;
    let (a, b) = (port(1, 0), port(2, 0));
    assert_eq!(redirect(&lab).await, Some(RedirectSeen::To(b)));
    let name = lab.names.port(b);
    ip(&lab.host, &format!("link set {name} name other"));
    let seen = lab.seen().await;
    assert!(!seen.ports.contains_key(&b));
    assert_eq!(seen.ports[&a].redirect, Some(RedirectSeen::Stale));
    ip(&lab.host, &format!("link set other name {name}"));
    assert_eq!(redirect(&lab).await, Some(RedirectSeen::To(b)));
    ip(&lab.host, &format!("link del {name}"));
    let seen = lab.seen().await;
    assert!(!seen.ports.contains_key(&b));
    assert_eq!(seen.ports[&a].redirect, Some(RedirectSeen::Stale));
}

#[tokio::test]
async fn ports_made_together_are_like_ports_made_alone() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    let node = Node::new(3);
    let wanted = |interface| {
        let id = port(3, interface);
        (id, lab.wanted(id, Some(7)))
    };
    // One of them is there already.
    lab.plug(&node, Some(7)).await;
    let ports = (0..40).map(wanted).collect();
    let made = lab.fabric.ensure_ports(&lab.names, ports, &node.net).await;
    assert!(made.unwrap().into_iter().all(|made| made.is_ok()));
    for interface in 0..40 {
        lab.has_carrier(port(3, interface)).await;
    }
    let (seen, inside) = (lab.seen().await, node.net.observe().await.unwrap());
    for interface in 0..40 {
        let id = port(3, interface);
        assert!(seen.ports[&id].admin_up, "{id}");
        assert_eq!(seen.ports[&id].master, Some(network(7)));
        assert!(inside[&format!("eth{interface}")].admin_up);
    }
}

#[tokio::test]
async fn ports_of_several_nodes_are_made_together_and_a_part_is_seen_as_in_the_whole() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    lab.bridge(8).await;
    let nodes = [Node::new(3), Node::new(4), Node::new(5)];
    let wanted = |node: &Node| {
        let id = port(node.number, 0);
        (id, lab.wanted(id, Some(7)), node.net.clone())
    };
    let ports = nodes.iter().map(wanted).collect();
    let made = lab.fabric.ensure_ports_of(&lab.names, ports).await;
    assert!(made.unwrap().into_iter().all(|made| made.is_ok()));
    for node in &nodes {
        lab.has_carrier(port(node.number, 0)).await;
        assert!(node.net.observe().await.unwrap()["eth0"].admin_up);
    }
    ip(
        &lab.host,
        &format!("link set {} group 0", lab.names.port(port(5, 0))),
    );
    let (whole, ports) = (lab.seen().await, [port(3, 0), port(5, 0), port(9, 0)]);
    let part = lab
        .fabric
        .observe_part(&lab.names, ports.into(), [network(7)].into())
        .await
        .unwrap();
    assert_eq!(part.ports.len(), 1);
    assert_eq!(part.ports[&ports[0]], whole.ports[&ports[0]]);
    assert_eq!(part.foreign, whole.foreign);
    assert_eq!(part.bridges.keys().collect::<Vec<_>>(), [&network(7)]);
}

#[tokio::test]
async fn of_ports_made_together_each_fails_alone() {
    let Some(lab) = ground() else { return };
    let node = Node::new(3);
    ip(&node.netns, "link add eth1 type bridge");
    let wanted = |interface| {
        let id = port(3, interface);
        (id, lab.wanted(id, None))
    };
    let ports = (0..3).map(wanted).collect();
    let made = lab.fabric.ensure_ports(&lab.names, ports, &node.net).await;
    let well: Vec<bool> = made.unwrap().iter().map(Result::is_ok).collect();
    assert_eq!(well, [true, false, true]);
}

#[tokio::test]
async fn a_node_is_looked_at_again_when_something_happened_in_it() {
    let Some(lab) = ground() else { return };
    let node = Node::new(3);
    lab.plug(&node, None).await;
    stands_still(&node).await;
    ip(&node.netns, "addr add 10.0.0.1/24 dev eth0");
    let address = model::lab::Address("10.0.0.1/24".parse().unwrap());
    let inside = node.net.observe().await.unwrap();
    assert!(inside["eth0"].addresses.contains(&address));
    ip(&node.netns, "link set eth0 down");
    assert!(!node.net.observe().await.unwrap()["eth0"].admin_up);
}

#[tokio::test]
async fn a_walk_finds_on_the_host_what_no_event_told() {
    let Some(lab) = ground() else { return };
    for number in [7, 8, 9] {
        lab.bridge(number).await;
    }
    let nodes = [1, 2, 3, 4].map(Node::new);
    let [stays, moves, leaves, goes] = [1, 2, 3, 4].map(|number| port(number, 0));
    for node in &nodes {
        lab.plug(node, Some(7)).await;
    }
    for id in [stays, moves, leaves, goes] {
        lab.has_carrier(id).await;
    }
    let before = lab.seen().await;
    lab.fabric.deafen().await.unwrap();
    let [bridge, other, renamed] = [7, 8, 9].map(|number| lab.names.bridge(network(number)));
    for act in [
        format!("link set {} master {other}", lab.names.port(moves)),
        format!("link set {} nomaster", lab.names.port(leaves)),
        format!("link del {}", lab.names.port(goes)),
        format!("link set {renamed} name somebodys"),
        "link add stranger type veth peer name far".into(),
        format!("link set stranger master {bridge}"),
    ] {
        ip(&lab.host, &act);
    }
    let unheard = lab.seen().await;
    assert_eq!(unheard, before, "an event came through");

    let asked = lab.fabric.requests_made().await.unwrap();
    lab.fabric.walk().await.unwrap();
    let seen = lab.seen().await;
    let masters = [stays, moves, leaves].map(|id| seen.ports[&id].master);
    assert_eq!(masters, [Some(network(7)), Some(network(8)), None]);
    assert!(!seen.ports.contains_key(&goes));
    let bridges: Vec<_> = seen.bridges.keys().copied().collect();
    assert_eq!(bridges, [7, 8].map(network));
    let strangers: Vec<_> = seen.strangers.iter().map(|found| &*found.name).collect();
    assert!(strangers.contains(&"stranger") && strangers.contains(&"somebodys"));
    // One for each that is another.
    let asked = lab.fabric.requests_made().await.unwrap() - asked;
    assert!(asked <= 7, "{asked} questions");
}

#[tokio::test]
async fn a_walk_sees_each_port_of_a_bridge_with_many() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    let bridge = lab.names.bridge(network(7));
    for number in 0..70 {
        ip(
            &lab.host,
            &format!("link add s{number} type veth peer name f{number}"),
        );
        ip(&lab.host, &format!("link set s{number} master {bridge}"));
    }
    let strangers = || async { lab.seen().await.strangers.len() };
    let deadline = Instant::now() + Duration::from_secs(5);
    while strangers().await < 70 {
        assert!(Instant::now() < deadline, "{} strangers", strangers().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    lab.fabric.deafen().await.unwrap();
    ip(&lab.host, "link set s69 nomaster");
    ip(&lab.host, "link set s0 nomaster");
    lab.fabric.walk().await.unwrap();
    assert_eq!(strangers().await, 68);
}

#[tokio::test]
async fn a_walk_finds_in_nodes_what_is_renamed_or_new() {
    let Some(lab) = ground() else { return };
    let nodes = [1, 2].map(Node::new);
    for node in &nodes {
        lab.plug(node, None).await;
        stands_still(node).await;
    }
    let walk = || NodeNet::walk_all(nodes.iter().map(|node| ((), node.net.clone())).collect());
    let asked = nodes[0].net.requests_made().await.unwrap();
    walk().await.unwrap();
    nodes[0].net.observe().await.unwrap();
    let same = nodes[0].net.requests_made().await.unwrap();
    assert_eq!(same, asked + 1, "a walk over what stands asks one question");
    ip(&nodes[0].netns, "link set eth0 down");
    ip(&nodes[0].netns, "link set eth0 name mine");
    walk().await.unwrap();
    let inside = nodes[0].net.observe().await.unwrap();
    assert!(inside.contains_key("mine") && !inside.contains_key("eth0"));
    ip(&nodes[1].netns, "link add new type veth peer name far");
    walk().await.unwrap();
    assert!(nodes[1].net.observe().await.unwrap().contains_key("new"));
}

/// Once all that its making caused has been heard, a look asks nothing.
async fn stands_still(node: &Node) {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        node.net.observe().await.unwrap();
        let before = node.net.requests_made().await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        node.net.observe().await.unwrap();
        if node.net.requests_made().await.unwrap() == before {
            return;
        }
        assert!(Instant::now() < deadline, "every look asks");
    }
}

async fn redirect(lab: &Ground) -> Option<RedirectSeen> {
    lab.seen_port(port(1, 0)).await.redirect
}

fn run_tc(netns: &Namespace, arguments: &str) {
    let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    let run = move || Command::new("tc").args(arguments).output().unwrap();
    let output = netns.run(run).unwrap();
    assert!(output.status.success(), "{output:?}");
}
