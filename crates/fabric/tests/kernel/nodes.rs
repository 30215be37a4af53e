//! Inside a node: addresses and routes.

use std::collections::BTreeSet;

use model::lab::Address;
use model::spec::{InterfaceSpec, RouteSpec};

use crate::ground::{Ground, Node, ground, ip};

fn addresses<const N: usize>(texts: [&str; N]) -> Vec<Address> {
    let parse = |text: &str| Address(text.parse().unwrap());
    texts.map(parse).to_vec()
}

fn route(to: &str, via: &str) -> RouteSpec {
    RouteSpec {
        to: to.parse().unwrap(),
        via: via.parse().unwrap(),
    }
}

async fn plugged(lab: &Ground) -> Node {
    let node = Node::new(1);
    lab.plug(&node, None).await;
    node
}

/// Without those the kernel gave by itself.
async fn given(node: &Node) -> BTreeSet<Address> {
    let mut seen = node.net.observe().await.unwrap().remove("eth0").unwrap();
    seen.addresses
        .retain(|address| !address.0.to_string().starts_with("fe80"));
    seen.addresses
}

#[tokio::test]
async fn addresses_are_usable_at_once_and_set_once() {
    let Some(lab) = ground() else { return };
    let node = plugged(&lab).await;
    let wanted = addresses([
        "10.0.0.1/24",
        "10.0.0.2/24",
        "192.0.2.1/32",
        "2001:db8::1/64",
    ]);
    node.net.ensure_addresses("eth0", &wanted).await.unwrap();
    assert_eq!(given(&node).await, wanted.iter().copied().collect());
    assert!(!ip(&node.netns, "-6 address show dev eth0 scope global").contains("tentative"));

    let before = node.net.changes_made().await.unwrap();
    node.net.ensure_addresses("eth0", &wanted).await.unwrap();
    assert_eq!(node.net.changes_made().await.unwrap(), before);
}

#[tokio::test]
async fn only_addresses_of_ours_are_taken_away() {
    let Some(lab) = ground() else { return };
    let node = plugged(&lab).await;
    ip(&node.netns, "address add 172.16.0.1/24 dev eth0");
    let first = addresses(["10.0.0.1/24", "10.0.0.2/24"]);
    node.net.ensure_addresses("eth0", &first).await.unwrap();
    // 10.0.0.1 is the network's first: the kernel takes 10.0.0.2 along with it.
    let then = addresses(["10.0.0.2/24", "2001:db8::1/64"]);
    node.net.ensure_addresses("eth0", &then).await.unwrap();
    let expected = addresses(["10.0.0.2/24", "2001:db8::1/64", "172.16.0.1/24"]);
    assert_eq!(given(&node).await, expected.into_iter().collect());
}

#[tokio::test]
async fn a_node_is_configured_and_a_second_time_nothing_changes() {
    let Some(lab) = ground() else { return };
    let node = plugged(&lab).await;
    let interface = InterfaceSpec {
        name: "eth0".into(),
        mac: lab.names.mac(node.id(), 0.try_into().unwrap()),
        mtu: 9500,
        addresses: addresses(["10.0.0.1/24", "2001:db8::1/64"]),
    };
    let unlinked = InterfaceSpec {
        name: "eth1".into(),
        ..interface.clone()
    };
    let gateways = [
        "10.0.0.254".parse().unwrap(),
        "2001:db8::fe".parse().unwrap(),
    ];
    let routes = [
        route("10.9.1.1/16", "10.0.0.253"),
        route("2001:db8:9::/48", "2001:db8::fd"),
    ];
    let interfaces = [interface, unlinked];
    let told = node
        .net
        .configure(&interfaces, &gateways, &routes)
        .await
        .unwrap();
    assert_eq!(told, Vec::<String>::new());
    let shown = ip(&node.netns, "route show");
    assert!(shown.contains("default via 10.0.0.254 dev eth0"), "{shown}");
    assert!(
        shown.contains("10.9.0.0/16 via 10.0.0.253 dev eth0"),
        "{shown}"
    );
    let shown = ip(&node.netns, "-6 route show");
    assert!(
        shown.contains("default via 2001:db8::fe dev eth0"),
        "{shown}"
    );
    assert!(ip(&node.netns, "link show dev lo").contains("UP"));

    let before = node.net.changes_made().await.unwrap();
    let told = node
        .net
        .configure(&interfaces, &gateways, &routes)
        .await
        .unwrap();
    assert_eq!(
        (told, node.net.changes_made().await.unwrap()),
        (Vec::new(), before)
    );
}

#[tokio::test]
async fn routes_of_others_stay_and_stale_ones_of_ours_go() {
    let Some(lab) = ground() else { return };
    let node = plugged(&lab).await;
    let wanted = addresses(["10.0.0.1/24"]);
    node.net.ensure_addresses("eth0", &wanted).await.unwrap();
    ip(&node.netns, "route add 10.8.0.0/16 via 10.0.0.2");
    let first = [route("10.7.0.0/16", "10.0.0.2")];
    assert!(
        node.net
            .ensure_routes(&[], &first)
            .await
            .unwrap()
            .is_empty()
    );
    let then = [
        route("10.6.0.0/16", "10.0.0.2"),
        route("10.8.0.0/16", "10.0.0.3"),
    ];
    let told = node.net.ensure_routes(&[], &then).await.unwrap();
    assert_eq!(
        told,
        ["no route to 10.8.0.0/16 by 10.0.0.3: the node has another route to it"]
    );
    let shown = ip(&node.netns, "route show");
    assert!(shown.contains("10.8.0.0/16 via 10.0.0.2"), "{shown}");
    assert!(shown.contains("10.6.0.0/16"), "{shown}");
    assert!(!shown.contains("10.7.0.0/16"), "{shown}");
}

#[tokio::test]
async fn a_gateway_out_of_reach_is_told_and_stops_nothing() {
    let Some(lab) = ground() else { return };
    let node = plugged(&lab).await;
    let gateways = ["10.0.0.254".parse().unwrap()];
    let told = node.net.ensure_routes(&gateways, &[]).await.unwrap();
    let expected =
        "no route to 0.0.0.0/0: gateway 10.0.0.254 is in no network of a linked interface";
    assert_eq!(told, [expected]);
}

#[tokio::test]
async fn a_missing_interface_is_named() {
    if ground().is_none() {
        return;
    }
    let node = Node::new(1);
    let raised = node.net.ensure_up("eth7").await;
    assert_eq!(
        raised.unwrap_err().to_string(),
        "interface eth7 is not there"
    );
}

#[tokio::test]
async fn an_interface_is_fresh_until_it_is_configured() {
    let Some(lab) = ground() else { return };
    let node = plugged(&lab).await;
    let fresh = async || node.net.observe().await.unwrap()["eth0"].fresh;
    assert!(fresh().await);
    // A new pass that finds the port right does not take it for configured.
    lab.plug(&node, None).await;
    assert!(fresh().await);

    let interface = InterfaceSpec {
        name: "eth0".into(),
        mac: lab.mac(crate::ground::port(1, 0)),
        mtu: 9500,
        addresses: addresses(["10.0.0.1/24"]),
    };
    let configured = node.net.configure_interface(&interface, &[], &[]).await;
    assert_eq!(configured.unwrap(), Vec::<String>::new());
    assert!(!fresh().await);
    assert!(ip(&node.netns, "link show eth0").contains("group default"));
}

#[tokio::test]
async fn a_route_that_the_kernel_refuses_is_told_and_the_node_starts() {
    let Some(lab) = ground() else { return };
    let node = plugged(&lab).await;
    let wanted = addresses(["10.0.0.1/24", "2001:db8::1/64"]);
    node.net.ensure_addresses("eth0", &wanted).await.unwrap();
    let itself = "2001:db8::1".parse().unwrap();
    let good = route("10.9.0.0/16", "10.0.0.2");
    let told = node.net.ensure_routes(&[itself], &[good]).await.unwrap();
    // The kernel's own words follow, where it has some.
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("no route to ::/0 by 2001:db8::1: invalid argument"),
        "{told:?}"
    );
    assert!(ip(&node.netns, "route show").contains("10.9.0.0/16"));
}
