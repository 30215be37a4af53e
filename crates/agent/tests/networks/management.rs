//! Management networks: addresses from the start, names, the host reaches the nodes, labs are apart.

use super::ground::{Outside, Server, begin, can_be_told, gateway, lab, lab_of, network, succeeds};
use crate::common::{Daemon, eventually, in_own_namespace_and_mounts};

const NEEDED: [(&str, &str); 2] = [("dnsmasq", "dnsmasq-base"), ("ping", "iputils-ping")];

#[test]
fn every_node_has_its_address_and_its_name_from_the_start() {
    let test = "networks::management::every_node_has_its_address_and_its_name_from_the_start";
    if !can_be_told(test, &NEEDED) {
        return;
    }
    in_own_namespace_and_mounts(test, || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(management());
    });
}

async fn management() {
    let _outside = Outside::new().await;
    let (folder, daemon) = begin().await;
    let server = Server::of(&daemon).await;
    let (one, two) = (lab(1), lab(2));
    for id in [one, two] {
        server
            .wish(
                1,
                lab_of(
                    id,
                    &format!("Lab {}", id.0.as_u64_pair().1),
                    2,
                    gateway("auto", true),
                ),
            )
            .await;
    }
    for id in [one, two] {
        server.until_up(id, 2).await;
    }
    let ways = [server.gateway(one).await, server.gateway(two).await];
    assert_ne!(ways[0], ways[1], "each has its own");

    for (id, (v4, v6), other) in [(one, &ways[0], &ways[1]), (two, &ways[1], &ways[0])] {
        // `.1` is the host, a node has the place after its number.
        let node = |way: &str, n: u64| {
            way.strip_suffix('1')
                .map(|net| format!("{net}{}", n + 1))
                .unwrap()
        };
        for way in [v4, v6] {
            assert!(
                succeeds(&format!("ping -c 2 -i 0.2 -W 1 {}", node(way, 1))),
                "{way}: the host reaches the node"
            );
            assert!(
                server.pings(id, 1, way).await,
                "{way}: and the node the host"
            );
        }
        let domain = format!("lab-{}", id.0.as_u64_pair().1);
        for name in ["h2".to_owned(), format!("h2.{domain}")] {
            server
                .until_it_does(id, 1, &format!("ping -c 1 -W 1 {name}"))
                .await;
        }
        assert!(
            server.pings(id, 1, "outside.example").await,
            "outward, by name"
        );
        assert!(
            !server.pings(id, 1, &node(&other.0, 1)).await,
            "not the other lab"
        );
        assert!(!server.pings(id, 1, &other.0).await, "nor the host there");
        assert!(
            !server.pings(id, 1, "203.0.113.1").await,
            "nor the host elsewhere"
        );
        let hosts = folder.0.path().join(format!("runtime/labs/{id}/hosts"));
        let hosts = std::fs::read_to_string(hosts).unwrap();
        let line = format!("{} h2.{domain} h2\n", node(v4, 2));
        assert!(hosts.contains(&line), "{hosts}");
    }
    collision(&server, &ways[0].0).await;
    stays(daemon, &ways).await;
}

/// A third lab asks for what the first has, and for what the host has.
async fn collision(server: &Server, taken: &str) {
    let net = taken.strip_suffix(".1").unwrap();
    for (number, given, who) in [
        (3, format!("{net}.128/25"), "network lan of the lab Lab 1"),
        (
            4,
            "203.0.113.64/26".into(),
            "this host, which reaches it by out0",
        ),
    ] {
        let id = lab(number);
        server
            .wish(1, lab_of(id, "Third", 1, gateway(&given, true)))
            .await;
        server.until_up(id, 1).await;
        eventually("it is refused", || async {
            let status = server.status(id).await;
            let why = status.networks.get(&network()).map(|own| own.why.clone());
            let why = why.unwrap_or_default();
            why.contains("cannot be had") && why.contains(who) && status.problems[0].contains(&why)
        })
        .await;
        server.remove(id, 2).await;
    }
}

/// Through a kill of the agent, and when the other lab is gone.
async fn stays(daemon: Daemon, ways: &[(String, String); 2]) {
    let daemon = daemon.kill_and_start_again().await;
    let server = Server::of(&daemon).await;
    for (id, way) in [(lab(1), &ways[0]), (lab(2), &ways[1])] {
        eventually("it is the same", || async {
            server.gateway(id).await == *way
        })
        .await;
    }
    server.remove(lab(1), 2).await;
    assert!(server.pings(lab(2), 1, "h2").await);
    assert!(succeeds(&format!(
        "ping -c 2 -i 0.2 -W 1 {}2",
        ways[1].0.strip_suffix('1').unwrap()
    )));
    daemon.stop().await;
}
