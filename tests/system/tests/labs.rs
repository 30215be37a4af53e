//! Labs that come up: our own samples, and one that somebody else wrote.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;

use serde_json::Value;
use system_tests::{Installation, samples, say, wait_for};

#[test]
fn the_hosts_of_a_shared_network_hear_each_other() {
    let nova = Installation::up().unwrap();
    nova.start_sample("shared-network.json").unwrap();
    let detail = nova
        .nova_json(&["lab", "show", "Switching and a router"])
        .unwrap();
    let addresses = addresses(&detail["lab"]);
    assert!(addresses.len() >= 3, "the sample has at least three hosts");
    for (from, _) in &addresses {
        for (_, to) in &addresses {
            wait_for(&format!("{from} to reach {to}"), 20, || {
                Ok(nova
                    .pings(&format!("Switching and a router/{from}"), to)
                    .then_some(()))
            })
            .unwrap();
        }
    }
    nova.end().unwrap();
}

/// Node name → its first address without the prefix length.
fn addresses(lab: &Value) -> Vec<(String, String)> {
    let nodes = lab["nodes"].as_object().unwrap();
    let address = |node: &Value| {
        let first = node["interfaces"]
            .as_object()?
            .values()
            .find_map(|interface| interface["addresses"].get(0))?;
        Some((
            node["name"].as_str()?.to_owned(),
            first.as_str()?.split('/').next()?.to_owned(),
        ))
    };
    nodes.values().filter_map(address).collect()
}

#[test]
fn two_systems_exchange_routes_by_bgp() {
    let nova = Installation::up().unwrap();
    nova.start_sample("bgp-two-systems.json").unwrap();
    let detail = nova
        .nova_json(&["lab", "show", "BGP between two systems"])
        .unwrap();
    for router in routers(&detail["lab"]) {
        wait_for_established(&nova, "BGP between two systems", &router, 1);
    }
    nova.end().unwrap();
}

fn routers(lab: &Value) -> Vec<String> {
    let nodes = lab["nodes"].as_object().unwrap().values();
    let frr = nodes.filter(|node| node["template"] == "frr");
    frr.filter_map(|node| node["name"].as_str().map(str::to_owned))
        .collect()
}

fn wait_for_established(nova: &Installation, lab: &str, router: &str, at_least: usize) {
    wait_for(&format!("the BGP sessions of {router}"), 90, || {
        let summary = nova.vtysh(
            &format!("{lab}/{router}"),
            "show bgp ipv4 unicast summary json",
        )?;
        let peers = summary["peers"].as_object().cloned().unwrap_or_default();
        let established = peers
            .values()
            .filter(|peer| peer["state"] == "Established")
            .count();
        Ok((established == peers.len() && established >= at_least).then_some(()))
    })
    .unwrap();
    say(&format!("{router}: all BGP sessions are Established"));
}

/// The file is somebody else's and stays unchanged. Routers r1 and r4 are both AS 100, with AS 200 and
/// 300 between them: so r1 must refuse r4's network by its own AS in the path, while r3 and r2 reach
/// it, and r1 reaches everything else.
#[test]
fn a_containerlab_file_with_frr_comes_up_as_it_is() {
    let name = "a_containerlab_file_with_frr_comes_up_as_it_is";
    let Some(samples) = samples(name) else { return };
    let file = samples.join("labs/ciscoittech/bgp-ebgp-basics/topology.clab.yml");
    assert!(Path::new(&file).is_file(), "{} is missing", file.display());
    let nova = Installation::up().unwrap();
    let said = nova
        .nova(&[
            "lab",
            "import",
            &file.display().to_string(),
            "--as",
            "netns",
            "--start",
        ])
        .unwrap();
    say(&said);
    let lab = "bgp-ebgp-basics";
    for (router, sessions) in [("r1", 1), ("r2", 2), ("r3", 2), ("r4", 1)] {
        wait_for_established(&nova, lab, router, sessions);
    }
    for (from, to) in [
        ("r1", "192.168.2.1"),
        ("r1", "192.168.3.1"),
        ("r2", "192.168.4.1"),
        ("r3", "192.168.4.1"),
    ] {
        let (from, source) = (format!("{lab}/{from}"), format!("192.168.{}.1", &from[1..]));
        wait_for(&format!("{from} to reach {to}"), 30, || {
            Ok(nova
                .exec(
                    &from,
                    &["ping", "-n", "-c", "1", "-W", "1", "-I", &source, to],
                )
                .ok())
        })
        .unwrap();
    }
    let route = nova
        .vtysh(
            &format!("{lab}/r1"),
            "show bgp ipv4 unicast 192.168.4.0/24 json",
        )
        .unwrap_or(Value::Null);
    assert!(
        route["paths"].get(0).is_none(),
        "r1 took a path through its own system: {route}"
    );
    let seen_by_r2 = nova
        .vtysh(
            &format!("{lab}/r2"),
            "show bgp ipv4 unicast 192.168.4.0/24 json",
        )
        .unwrap();
    assert_eq!(seen_by_r2["paths"][0]["aspath"]["string"], "300 100");
    nova.end().unwrap();
}
