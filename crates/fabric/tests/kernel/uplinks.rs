//! An interface of the host that joins a lab network, and one that is not ours to join.

use fabric::Error;

use crate::ground::{Ground, Node, ground, ip, network, shown};
use crate::wire::{Wire, wait_until_heard};

/// `out0` of the host, whose other end `out1` lies outside with an interface that hears.
fn with_interface(lab: &Ground) -> Node {
    let outside = Node::new(9);
    let own = {
        use std::os::fd::{AsFd, AsRawFd};
        let descriptor = outside.netns.as_fd().as_raw_fd();
        format!("/proc/{}/fd/{descriptor}", std::process::id())
    };
    ip(&lab.host, "link add out0 type veth peer name out1");
    ip(&lab.host, &format!("link set out1 netns {own}"));
    ip(&outside.netns, "link set out1 up");
    outside
}

async fn joined(lab: &Ground, wanted: Option<&str>) -> fabric::Result<()> {
    lab.fabric
        .ensure_uplink(&lab.names, network(12), wanted)
        .await
}

#[tokio::test]
async fn a_node_hears_what_is_behind_the_hosts_interface_while_it_is_joined() {
    let Some(lab) = ground() else { return };
    let outside = with_interface(&lab);
    lab.bridge(12).await;
    let node = Node::new(1);
    lab.plug(&node, Some(12)).await;
    joined(&lab, Some("out0")).await.unwrap();
    let from = Wire::on(&outside.netns, "out1");
    wait_until_heard(&from, &Wire::on(&node.netns, "eth0"));
    let again = lab.changes_during(async { joined(&lab, Some("out0")).await.unwrap() });
    assert_eq!(again.await, 0);
    joined(&lab, None).await.unwrap();
    let shown = shown(&lab.host, "out0");
    assert!(
        shown["master"].is_null() && shown["altnames"].is_null(),
        "{shown}"
    );
}

#[tokio::test]
async fn a_bridge_that_goes_leaves_the_hosts_interface_as_it_was() {
    let Some(lab) = ground() else { return };
    let _outside = with_interface(&lab);
    let id = lab.bridge(12).await;
    joined(&lab, Some("out0")).await.unwrap();
    lab.fabric.remove_bridges(&lab.names, &[id]).await.unwrap();
    let shown = shown(&lab.host, "out0");
    assert!(
        shown["master"].is_null() && shown["altnames"].is_null(),
        "{shown}"
    );
}

#[tokio::test]
async fn an_interface_of_another_bridge_and_a_labs_own_device_are_never_joined() {
    let Some(lab) = ground() else { return };
    let _outside = with_interface(&lab);
    lab.bridge(12).await;
    joined(&lab, Some("out0")).await.unwrap();
    joined(&lab, None).await.unwrap();
    ip(&lab.host, "link add others type bridge");
    ip(&lab.host, "link set out0 master others");
    let refused = joined(&lab, Some("out0")).await;
    assert!(matches!(refused, Err(Error::Taken { .. })), "{refused:?}");
    assert_eq!(shown(&lab.host, "out0")["master"], "others");
    joined(&lab, None).await.unwrap();
    assert_eq!(shown(&lab.host, "out0")["master"], "others");
    let own = lab.names.bridge(network(12));
    let refused = joined(&lab, Some(&own)).await;
    assert!(matches!(refused, Err(Error::Taken { .. })), "{refused:?}");
    let refused = joined(&lab, Some("nowhere")).await;
    assert!(matches!(refused, Err(Error::Missing { .. })), "{refused:?}");
}
