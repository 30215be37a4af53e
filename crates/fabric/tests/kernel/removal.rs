//! Taking a lab's ports away, and nothing else.

use crate::ground::{Node, ground, ip, names, port, shown};

#[tokio::test]
async fn all_ports_of_a_lab_go_by_one_message_and_other_labs_stay() {
    let Some(lab) = ground() else { return };
    let nodes = [Node::new(1), Node::new(2), Node::new(3)];
    for node in &nodes {
        lab.plug(node, None).await;
    }
    let other = names("99999999-2222-3333-4444-555555555555");
    let (node, wanted) = (Node::new(4), lab.wanted(port(4, 0), None));
    let made = lab
        .fabric
        .ensure_port(&other, port(4, 0), &wanted, &node.net);
    made.await.unwrap();
    lab.bridge(7).await;

    let removing = async { lab.fabric.remove_all_ports(&lab.names).await.unwrap() };
    assert_eq!(lab.changes_during(removing).await, 1);
    let seen = lab.seen().await;
    assert!(seen.ports.is_empty());
    assert_eq!(seen.bridges.len(), 1);
    let all = lab.fabric.observe().await.unwrap();
    assert_eq!(all.lab(&other).ports.len(), 1);
    assert_eq!(all.labs(), [lab.names.hash, other.hash].into());
    let again = async { lab.fabric.remove_all_ports(&lab.names).await.unwrap() };
    assert_eq!(lab.changes_during(again).await, 0);
}

#[tokio::test]
async fn a_foreign_device_in_the_labs_group_survives_the_removal() {
    let Some(lab) = ground() else { return };
    let nodes = [Node::new(1), Node::new(2)];
    for node in &nodes {
        lab.plug(node, None).await;
    }
    let group = lab.names.port_group();
    ip(
        &lab.host,
        &format!("link add guest group {group} type bridge"),
    );
    lab.fabric.remove_all_ports(&lab.names).await.unwrap();
    assert!(lab.seen().await.ports.is_empty());
    assert_eq!(shown(&lab.host, "guest")["ifname"], "guest");
}

#[tokio::test]
async fn what_is_gone_already_is_no_error() {
    let Some(lab) = ground() else { return };
    lab.fabric
        .remove_port(&lab.names, port(1, 0))
        .await
        .unwrap();
    lab.fabric
        .remove_redirect(&lab.names, port(1, 0))
        .await
        .unwrap();
    lab.fabric.remove_all_ports(&lab.names).await.unwrap();
    let cut = lab.fabric.set_admin(&lab.names, port(1, 0), false).await;
    assert!(cut.unwrap_err().to_string().ends_with("is not there"));
}
