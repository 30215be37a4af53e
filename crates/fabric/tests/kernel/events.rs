//! The kernel's events, and carrier.

use std::time::Duration;

use fabric::{LinkChange, LinkWatch};
use model::carrier::EndSeen;
use model::seen::PortId;

use crate::ground::{Ground, Node, ground, ip, network, port, shown};

/// The first event that `is` what is waited for.
async fn wait_for(watch: &mut LinkWatch, is: impl Fn(LinkChange) -> bool) -> LinkChange {
    let waiting = async {
        loop {
            let change = watch.next().await.unwrap();
            if is(change) {
                return change;
            }
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(5), waiting).await;
    waited.expect("the event comes within five seconds")
}

fn end(lab: &Ground, port: PortId, admin_up: bool, carrier: bool) -> LinkChange {
    LinkChange::Port {
        lab: lab.names.hash,
        port,
        end: EndSeen::Present { admin_up, carrier },
    }
}

#[tokio::test]
async fn a_port_is_told_when_it_comes_when_it_has_carrier_and_when_it_goes() {
    let Some(lab) = ground() else { return };
    let mut watch = lab.fabric.watch_links().await.unwrap();
    let node = Node::new(1);
    let id = lab.plug(&node, None).await;
    wait_for(&mut watch, |change| change == end(&lab, id, true, true)).await;
    lab.fabric.remove_port(&lab.names, id).await.unwrap();
    let gone = LinkChange::Port {
        lab: lab.names.hash,
        port: id,
        end: EndSeen::Missing,
    };
    wait_for(&mut watch, |change| change == gone).await;
}

#[tokio::test]
async fn a_port_goes_with_its_nodes_namespace() {
    let Some(lab) = ground() else { return };
    let mut watch = lab.fabric.watch_links().await.unwrap();
    let node = Node::new(1);
    let id = lab.plug(&node, None).await;
    drop(node);
    let is_gone = |change| matches!(change, LinkChange::Port { port, end, .. } if port == id && end == EndSeen::Missing);
    wait_for(&mut watch, is_gone).await;
}

#[tokio::test]
async fn an_interface_shut_inside_is_told_and_a_cut_is_felt_inside() {
    let Some(lab) = ground() else { return };
    let mut watch = lab.fabric.watch_links().await.unwrap();
    let node = Node::new(1);
    let id = lab.plug(&node, None).await;
    wait_for(&mut watch, |change| change == end(&lab, id, true, true)).await;

    ip(&node.netns, "link set eth0 down");
    wait_for(&mut watch, |change| change == end(&lab, id, true, false)).await;
    ip(&node.netns, "link set eth0 up");
    wait_for(&mut watch, |change| change == end(&lab, id, true, true)).await;

    lab.fabric.set_admin(&lab.names, id, false).await.unwrap();
    wait_for(&mut watch, |change| change == end(&lab, id, false, false)).await;
    assert!(ip(&node.netns, "link show dev eth0").contains("NO-CARRIER"));
    lab.fabric.set_admin(&lab.names, id, true).await.unwrap();
    wait_for(&mut watch, |change| change == end(&lab, id, true, true)).await;
    assert!(!ip(&node.netns, "link show dev eth0").contains("NO-CARRIER"));
}

#[tokio::test]
async fn bridges_are_told_and_foreign_devices_are_not() {
    let Some(lab) = ground() else { return };
    let mut watch = lab.fabric.watch_links().await.unwrap();
    ip(&lab.host, "link add other type bridge");
    let name = lab.names.port(port(9, 0));
    ip(&lab.host, &format!("link add {name} type bridge"));
    lab.bridge(7).await;
    let first = watch.next().await.unwrap();
    let bridge = |present| LinkChange::Bridge {
        lab: lab.names.hash,
        network: network(7),
        present,
    };
    assert_eq!(first, bridge(true));
    let doomed = [network(7)];
    let done = lab.fabric.remove_bridges(&lab.names, &doomed);
    done.await.unwrap();
    wait_for(&mut watch, |change| change == bridge(false)).await;
}

#[tokio::test]
async fn lost_events_are_told_as_resync() {
    let Some(lab) = ground() else { return };
    let mut watch = lab.fabric.watch_links().await.unwrap();
    let node = Node::new(1);
    let id = lab.plug(&node, None).await;
    for round in 0..6000 {
        let done = lab.fabric.set_admin(&lab.names, id, round % 2 == 1);
        done.await.unwrap();
    }
    wait_for(&mut watch, |change| change == LinkChange::Resync).await;
}

#[tokio::test]
async fn ends_that_would_have_the_same_index_are_put_apart() {
    let Some(lab) = ground() else { return };
    // The first device of two fresh namespaces: the kernel would call both 2.
    let node = Node::new(1);
    let id = lab.plug(&node, None).await;
    let inner: serde_json::Value = shown(&node.netns, "eth0");
    assert_ne!(inner["ifindex"], lab.seen_port(id).await.ifindex);
    let again = lab.changes_during(async {
        lab.plug(&node, None).await;
    });
    assert_eq!(again.await, 0);
}
