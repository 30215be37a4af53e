//! Transparent links.

use std::process::Command;

use fabric::scratch::Namespace;
use model::seen::RedirectSeen;

use crate::ground::{Node, ground, port};
use crate::wire::{BROADCAST, Wire, frame, times_heard, wait_until_heard};

/// What a bridge keeps, tags and sizes: each name is the frame's marker too.
fn kinds_of_frame() -> Vec<(&'static str, Vec<u8>)> {
    let slow = |last| [0x01, 0x80, 0xc2, 0, 0, last];
    let cisco = [0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcc];
    let isis = [0x09, 0x00, 0x2b, 0, 0, 5];
    let mut kinds = vec![
        ("LLDP", slow(0x0e), vec![0x88, 0xcc], 200),
        ("LACP", slow(0x02), vec![0x88, 0x09], 124),
        ("STP", slow(0x00), vec![0x00, 0x26], 60),
        ("802.1X", slow(0x03), vec![0x88, 0x8e], 60),
        ("pause", slow(0x01), vec![0x88, 0x08], 60),
        ("CDP", cisco, vec![0x01, 0x00], 300),
        ("IS-IS", isis, vec![0x05, 0xdc], 1497),
        ("MPLS", BROADCAST, vec![0x88, 0x47], 100),
        ("jumbo", BROADCAST, vec![0x08, 0x00], 9014),
        ("largest", BROADCAST, vec![0x08, 0x00], 9514),
    ];
    kinds.push(("tagged", BROADCAST, vec![0x81, 0, 0, 5, 0x08, 0], 100));
    kinds.push((
        "tagged jumbo",
        BROADCAST,
        vec![0x81, 0, 0, 5, 0x08, 0],
        9018,
    ));
    let twice = vec![0x88, 0xa8, 0, 9, 0x81, 0, 0, 5, 0x08, 0];
    kinds.push(("tagged twice", BROADCAST, twice, 100));
    let build = |(name, to, kind, bytes): (&'static str, _, Vec<u8>, _)| {
        (name, frame(to, &kind, name, bytes))
    };
    kinds.into_iter().map(build).collect()
}

#[tokio::test]
async fn every_kind_of_frame_passes_a_link_of_two_ends_exactly_once() {
    let Some(lab) = ground() else { return };
    let [left, right] = lab.link().await;
    let left = Wire::on(&left.netns, "eth0");
    let right = Wire::on(&right.netns, "eth0");
    wait_until_heard(&left, &right);
    for (name, sent) in kinds_of_frame() {
        assert_eq!(times_heard(&left, &right, &sent, name), 1, "{name} there");
        assert_eq!(times_heard(&right, &left, &sent, name), 1, "{name} back");
    }
}

#[tokio::test]
async fn a_redirected_frame_is_not_flooded_by_the_bridge_as_well() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    let nodes = [Node::new(1), Node::new(2)];
    let a = lab.plug(&nodes[0], Some(7)).await;
    let b = lab.plug(&nodes[1], Some(7)).await;
    lab.redirect(a, b).await;
    let [left, right] = nodes.each_ref().map(|node| Wire::on(&node.netns, "eth0"));
    wait_until_heard(&left, &right);
    for (name, sent) in kinds_of_frame() {
        assert_eq!(times_heard(&left, &right, &sent, name), 1, "{name}");
    }
}

#[tokio::test]
async fn tags_arrive_as_they_were_sent() {
    let Some(lab) = ground() else { return };
    let [left, right] = lab.link().await;
    let left = Wire::on(&left.netns, "eth0");
    let right = Wire::on(&right.netns, "eth0");
    wait_until_heard(&left, &right);
    let tags = [0x88, 0xa8, 0, 9, 0x81, 0, 0, 5, 0x88, 0xb5];
    left.send(&frame(BROADCAST, &tags, "tagged", 100));
    left.send_last();
    let heard = right.hear_until_last("tagged");
    // A raw socket is given the outer tag beside the frame, not in it.
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0][12..18], tags[4..]);
}

#[tokio::test]
async fn a_redirect_that_is_right_is_left_alone() {
    let Some(lab) = ground() else { return };
    let [_left, _right] = lab.link().await;
    let again = lab.changes_during(lab.redirect(port(1, 0), port(2, 0)));
    assert_eq!(again.await, 0);
    let seen = lab.seen_port(port(1, 0)).await.redirect;
    assert_eq!(seen, Some(RedirectSeen::To(port(2, 0))));
}

#[tokio::test]
async fn a_redirect_to_a_port_that_was_made_again_is_seen_as_stale_and_healed() {
    let Some(lab) = ground() else { return };
    let [left, right] = lab.link().await;
    let (a, b) = (port(1, 0), port(2, 0));
    lab.fabric.remove_port(&lab.names, b).await.unwrap();
    lab.plug(&right, None).await;
    assert_eq!(lab.seen_port(a).await.redirect, Some(RedirectSeen::Stale));

    lab.redirect(a, b).await;
    assert_eq!(lab.seen_port(a).await.redirect, Some(RedirectSeen::To(b)));
    let left = Wire::on(&left.netns, "eth0");
    wait_until_heard(&left, &Wire::on(&right.netns, "eth0"));
}

#[tokio::test]
async fn without_redirects_the_bridge_takes_over() {
    let Some(lab) = ground() else { return };
    lab.bridge(7).await;
    let nodes = [Node::new(1), Node::new(2), Node::new(3)];
    let a = lab.plug(&nodes[0], Some(7)).await;
    let b = lab.plug(&nodes[1], Some(7)).await;
    lab.redirect(a, b).await;
    lab.plug(&nodes[2], Some(7)).await;
    for port in [a, b, a] {
        let done = lab.fabric.remove_redirect(&lab.names, port);
        done.await.unwrap();
    }
    assert_eq!(lab.seen_port(a).await.redirect, None);
    let [left, middle, right] = nodes.each_ref().map(|node| Wire::on(&node.netns, "eth0"));
    wait_until_heard(&left, &middle);
    wait_until_heard(&left, &right);
}

#[tokio::test]
async fn a_filter_of_another_make_at_our_place_is_stale_too() {
    let Some(lab) = ground() else { return };
    let [_left, _right] = lab.link().await;
    let device = lab.names.port(port(1, 0));
    let done = lab.fabric.remove_redirect(&lab.names, port(1, 0));
    done.await.unwrap();
    let other = "u32 match ip protocol 6 0xff action mirred egress redirect dev";
    let tc = format!("filter add dev {device} ingress prio 1 protocol all {other} {device}");
    run_tc(&lab.host, &tc);
    assert_eq!(
        lab.seen_port(port(1, 0)).await.redirect,
        Some(RedirectSeen::Stale)
    );
    lab.redirect(port(1, 0), port(2, 0)).await;
    let seen = lab.seen_port(port(1, 0)).await.redirect;
    assert_eq!(seen, Some(RedirectSeen::To(port(2, 0))));
}

#[tokio::test]
async fn tc_shows_a_redirect_as_what_it_is() {
    let Some(lab) = ground() else { return };
    let [_left, _right] = lab.link().await;
    let device = lab.names.port(port(1, 0));
    let shown = run_tc(&lab.host, &format!("filter show dev {device} ingress"));
    assert!(shown.contains("filter protocol all pref 1 u32"), "{shown}");
    assert!(shown.contains("match 00000000/00000000 at 0"), "{shown}");
    let other = lab.names.port(port(2, 0));
    let action = format!("mirred (Egress Redirect to device {other}) stolen");
    assert!(shown.contains(&action), "{shown}");
}

/// Tests may run `tc`, the fabric may not.
fn run_tc(netns: &Namespace, arguments: &str) -> String {
    let arguments: Vec<String> = arguments.split(' ').map(str::to_owned).collect();
    let run = move || Command::new("tc").args(arguments).output().unwrap();
    let output = netns.run(run).unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}
