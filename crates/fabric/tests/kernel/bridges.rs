//! Bridges.

use fabric::Error;

use crate::ground::{Node, ground, ip, network, shown};
use crate::wire::{BROADCAST, Wire, frame, times_heard, wait_until_heard};

#[tokio::test]
async fn a_bridge_has_its_options_its_marks_and_no_stp() {
    let Some(lab) = ground() else { return };
    let id = lab.bridge(12).await;
    let shown = shown(&lab.host, &lab.names.bridge(id));
    let data = &shown["linkinfo"]["info_data"];
    assert_eq!(data["stp_state"], 0);
    assert_eq!(data["mcast_snooping"], 0);
    assert_eq!(shown["mtu"], 9500);
    // `ip` shows a group as a signed number.
    let group = lab.names.bridge_group().cast_signed().to_string();
    assert_eq!(shown["group"], group);
    assert_eq!(shown["altnames"][0], lab.names.bridge_altname(id));
    assert!(lab.seen().await.bridges[&id].admin_up);
}

#[tokio::test]
async fn a_bridge_that_is_right_is_left_alone_and_one_that_is_not_is_set_right() {
    let Some(lab) = ground() else { return };
    let id = lab.bridge(12).await;
    let name = lab.names.bridge(id);
    let again = lab.changes_during(async {
        lab.bridge(12).await;
    });
    assert_eq!(again.await, 0);
    ip(
        &lab.host,
        &format!("link set {name} down mtu 1500 type bridge stp_state 1"),
    );
    lab.bridge(12).await;
    let shown = shown(&lab.host, &name);
    assert_eq!(shown["linkinfo"]["info_data"]["stp_state"], 0);
    assert_eq!(shown["mtu"], 9500);
    assert!(lab.seen().await.bridges[&id].admin_up);
}

#[tokio::test]
async fn a_bridge_keeps_its_mtu_when_a_smaller_port_joins() {
    let Some(lab) = ground() else { return };
    let id = lab.bridge(12).await;
    let node = Node::new(1);
    let port = lab.plug(&node, Some(12)).await;
    ip(
        &lab.host,
        &format!("link set {} mtu 1500", lab.names.port(port)),
    );
    assert_eq!(shown(&lab.host, &lab.names.bridge(id))["mtu"], 9500);
}

#[tokio::test]
async fn removal_takes_only_the_bridges_it_is_told_of_and_only_ours() {
    let Some(lab) = ground() else { return };
    for number in 1..=7 {
        lab.bridge(number).await;
    }
    let foreign = lab.names.bridge(network(8));
    ip(&lab.host, &format!("link add {foreign} type bridge"));
    let doomed: Vec<_> = (2..=8).map(network).collect();
    let removed = lab.fabric.remove_bridges(&lab.names, &doomed).await;
    assert!(matches!(removed, Err(Error::Foreign { .. })), "{removed:?}");
    let seen = lab.seen().await;
    assert_eq!(
        seen.bridges.keys().copied().collect::<Vec<_>>(),
        [network(1)]
    );
    assert!(seen.foreign.contains(&foreign));
    let again = lab.fabric.remove_bridges(&lab.names, &doomed[..6]);
    again.await.unwrap();
}

#[tokio::test]
async fn a_network_of_three_ends_passes_a_broadcast_to_each_once() {
    let Some(lab) = ground() else { return };
    lab.bridge(12).await;
    let nodes = [Node::new(1), Node::new(2), Node::new(3)];
    let mut wires = Vec::new();
    for node in &nodes {
        lab.plug(node, Some(12)).await;
        wires.push(Wire::on(&node.netns, "eth0"));
    }
    let [from, others @ ..] = &wires[..] else {
        panic!()
    };
    for to in others {
        wait_until_heard(from, to);
    }
    for to in others {
        let hello = frame(BROADCAST, &[0x08, 0x06], "to all", 60);
        assert_eq!(times_heard(from, to, &hello, "to all"), 1);
    }
}

#[tokio::test]
async fn a_bridge_that_went_away_is_set_right_by_nobody_and_made_by_nobody() {
    let Some(lab) = ground() else { return };
    let (there, gone) = (lab.bridge(12).await, lab.bridge(13).await);
    ip(
        &lab.host,
        &format!("link set {} down", lab.names.bridge(there)),
    );
    ip(
        &lab.host,
        &format!("link delete {}", lab.names.bridge(gone)),
    );
    let networks = [there, gone];
    let mended = lab.fabric.mend_bridges(&lab.names, &networks);
    let mended = mended.await.unwrap();
    assert!(mended[0].is_ok() && mended[1].is_err(), "{mended:?}");
    let seen = lab.seen().await.bridges;
    assert!(
        seen[&there].admin_up && !seen.contains_key(&gone),
        "{seen:?}"
    );
}
