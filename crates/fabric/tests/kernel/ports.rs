//! Ports.

use fabric::Error;
use model::seen::InnerSeen;

use crate::ground::{Node, ground, ip, network, port, shown};

#[tokio::test]
async fn a_port_is_made_as_wanted_by_one_message() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    let node = Node::new(3);
    let changes = lab.changes_during(async {
        lab.plug(&node, Some(7)).await;
    });
    assert_eq!(changes.await, 1);
    assert_eq!(node.net.changes_made().await.unwrap(), 1);

    let id = port(3, 0);
    let seen = lab.seen_port(id).await;
    assert!(seen.admin_up);
    assert_eq!((seen.master, seen.redirect), (Some(network(7)), None));
    let inner = node.net.observe().await.unwrap().remove("eth0").unwrap();
    let InnerSeen {
        mac, mtu, admin_up, ..
    } = inner;
    assert_eq!((mac, mtu, admin_up), (lab.mac(id), 9500, true));

    let shown = shown(&lab.host, &lab.names.port(id));
    assert_eq!(shown["mtu"], 9500);
    assert_eq!(shown["num_tx_queues"], 1);
    assert_eq!(shown["num_rx_queues"], 1);
    assert_eq!(shown["group"], lab.names.port_group().to_string());
}

#[tokio::test]
async fn a_port_that_is_right_is_left_alone() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    let node = Node::new(3);
    let id = lab.plug(&node, Some(7)).await;
    lab.has_carrier(id).await;
    let before = lab.seen().await;
    let changes = lab.changes_during(async {
        lab.plug(&node, Some(7)).await;
    });
    assert_eq!(changes.await, 0);
    assert_eq!(node.net.changes_made().await.unwrap(), 1);
    assert_eq!(lab.seen().await.ports, before.ports);
}

#[tokio::test]
async fn a_port_that_leads_to_another_node_is_made_again() {
    let Some(lab) = ground() else { return };
    let (old, new) = (Node::new(3), Node::new(3));
    lab.plug(&old, None).await;
    lab.plug(&new, None).await;
    assert!(!old.net.observe().await.unwrap().contains_key("eth0"));
    assert!(new.net.observe().await.unwrap().contains_key("eth0"));
}

#[tokio::test]
async fn a_port_whose_interface_was_renamed_is_made_again() {
    let Some(lab) = ground() else { return };
    let node = Node::new(3);
    lab.plug(&node, None).await;
    ip(&node.netns, "link set eth0 down");
    ip(&node.netns, "link set eth0 name lan");
    lab.plug(&node, None).await;
    let names: Vec<_> = node.net.observe().await.unwrap().into_keys().collect();
    assert_eq!(names, ["eth0"]);
}

#[tokio::test]
async fn a_changed_address_and_mtu_are_set_right_without_a_new_device() {
    let Some(lab) = ground() else { return };
    let node = Node::new(3);
    let id = lab.plug(&node, None).await;
    let before = lab.seen_port(id).await.ifindex;
    ip(
        &node.netns,
        "link set eth0 mtu 1400 address 02:00:00:00:00:99",
    );
    ip(
        &lab.host,
        &format!("link set {} mtu 1300", lab.names.port(id)),
    );
    lab.plug(&node, None).await;
    let inner = node.net.observe().await.unwrap().remove("eth0").unwrap();
    assert_eq!((inner.mac, inner.mtu), (lab.mac(id), 9500));
    assert_eq!(shown(&lab.host, &lab.names.port(id))["mtu"], 9500);
    assert_eq!(lab.seen_port(id).await.ifindex, before);
}

#[tokio::test]
async fn an_interface_that_was_shut_inside_stays_shut() {
    let Some(lab) = ground() else { return };
    let node = Node::new(3);
    lab.plug(&node, None).await;
    ip(&node.netns, "link set eth0 down");
    lab.plug(&node, None).await;
    assert!(!node.net.observe().await.unwrap()["eth0"].admin_up);
}

#[tokio::test]
async fn a_port_moves_to_another_bridge_and_out_of_it() {
    let Some(lab) = ground() else { return };
    let (first, second) = (lab.bridge(7).await, lab.bridge(8).await);
    let node = Node::new(3);
    let id = lab.plug(&node, Some(7)).await;
    assert_eq!(lab.seen_port(id).await.master, Some(first));
    lab.plug(&node, Some(8)).await;
    assert_eq!(lab.seen_port(id).await.master, Some(second));
    let moved = lab.fabric.set_master(&lab.names, id, None);
    moved.await.unwrap();
    assert_eq!(lab.seen_port(id).await.master, None);
}

#[tokio::test]
async fn our_name_without_our_group_is_refused_and_shown() {
    let Some(lab) = ground() else { return };
    let (node, id) = (Node::new(3), port(3, 0));
    let name = lab.names.port(id);
    ip(&lab.host, &format!("link add {name} type bridge"));
    let wanted = lab.wanted(id, None);
    let made = lab
        .fabric
        .ensure_port(&lab.names, id, &wanted, &node.net)
        .await;
    assert!(matches!(made, Err(Error::Foreign { .. })), "{made:?}");
    let removed = lab.fabric.remove_port(&lab.names, id).await;
    assert!(matches!(removed, Err(Error::Foreign { .. })), "{removed:?}");
    let seen = lab.seen().await;
    assert!(seen.ports.is_empty());
    assert!(seen.foreign.contains(&name));
}

#[tokio::test]
async fn an_altname_like_ours_does_not_make_a_device_ours() {
    let Some(lab) = ground() else { return };
    let id = port(3, 0);
    ip(&lab.host, "link add other type bridge");
    ip(
        &lab.host,
        &format!("link property add dev other altname {}", lab.names.port(id)),
    );
    let removed = lab.fabric.remove_port(&lab.names, id).await;
    assert!(matches!(removed, Err(Error::Foreign { .. })), "{removed:?}");
    assert!(lab.seen().await.ports.is_empty());
}

#[tokio::test]
async fn an_interface_name_taken_inside_is_told() {
    let Some(lab) = ground() else { return };
    let (node, id) = (Node::new(3), port(3, 0));
    ip(&node.netns, "link add eth0 type bridge");
    let wanted = lab.wanted(id, None);
    let made = lab
        .fabric
        .ensure_port(&lab.names, id, &wanted, &node.net)
        .await;
    assert!(
        made.unwrap_err()
            .to_string()
            .contains("make interface eth0 in the node")
    );
}

#[tokio::test]
async fn what_a_node_sends_is_counted_as_sent_by_it() {
    let Some(lab) = ground() else { return };
    let node = Node::new(3);
    let id = lab.plug(&node, None).await;
    let wire = crate::wire::Wire::on(&node.netns, "eth0");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
    let counted = async || lab.fabric.count().await.unwrap()[&(lab.names.hash, id)];
    while counted().await.tx_bytes == 0 {
        assert!(std::time::Instant::now() < deadline);
        wire.send_last();
    }
    assert_eq!(counted().await.rx_bytes, 0);
}

#[tokio::test]
async fn the_host_does_not_speak_ipv6_on_a_labs_wires() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    let node = Node::new(3);
    let id = lab.plug(&node, Some(7)).await;
    for device in [lab.names.port(id), lab.names.bridge(network(7))] {
        let off = lab.sysctl(&format!("ipv6/conf/{device}/disable_ipv6"));
        assert_eq!(off, "1", "{device}");
    }
}
