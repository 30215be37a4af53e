//! Labs that other people wrote for containerlab come up as they are, on a real Docker engine.
#![expect(clippy::unwrap_used, reason = "a test")]

#[path = "containerlab/intended.rs"]
mod intended;

use std::collections::BTreeSet;
use std::path::PathBuf;

use intended::{Neighbour, Protocol};
use nix::unistd::geteuid;
use serde_json::Value;
use system_tests::network::{apart, up_with};
use system_tests::{Installation, images, samples, say, wait_for};

/// FRR needs it; the host's administrator allows it.
const AGENT_TOML: &str = "[allow]\ncapabilities = [\"SYS_ADMIN\"]\n";
const FRR: &str = "frr-ssh:latest=nova-ve/frr";
const HOST: &str = "alpine:3.18=nova-ve/host";

/// `None` where it cannot be; an ordinary user's agent says so of each container, which has its own test.
fn sample(test: &str, lab: &str) -> Option<PathBuf> {
    if !geteuid().is_root() {
        return None;
    }
    images::engine(test)?;
    Some(samples(test)?.join("labs/ciscoittech").join(lab))
}

/// A running lab of the sample, unchanged.
struct Running {
    nova: Installation,
    lab: String,
}

impl Running {
    fn of(folder: &std::path::Path, maps: &[&str], recipes: &[&str]) -> anyhow::Result<Self> {
        let nova = up_with(AGENT_TOML)?;
        for recipe in recipes {
            images::ensure(&nova, recipe)?;
        }
        let lab = folder.file_name().unwrap().to_string_lossy().into_owned();
        let topology = folder.join("topology.clab.yml").display().to_string();
        let mapped = maps.iter().flat_map(|map| ["--map-image", map]);
        let words = ["lab", "import", &topology].into_iter().chain(mapped);
        nova.nova(&words.collect::<Vec<_>>())?;
        // What the lab asks for is allowed by an administrator's start; a node that misses something is
        // told there, and the others run.
        let started = nova.try_nova(&["lab", "start", &lab])?;
        say(&String::from_utf8_lossy(&started.stderr));
        Ok(Self { nova, lab })
    }

    fn node(&self, node: &str) -> String {
        format!("{}/{node}", self.lab)
    }

    fn sh(&self, node: &str, script: &str) -> anyhow::Result<String> {
        self.nova.exec(&self.node(node), &["sh", "-c", script])
    }

    /// As its router tells it: `Established`, `Full`, or where it has come to.
    fn state(&self, neighbour: &Neighbour) -> anyhow::Result<String> {
        let (node, address) = (self.node(&neighbour.node), &neighbour.with);
        let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
        Ok(match neighbour.protocol {
            Protocol::Bgp => {
                let seen = self
                    .nova
                    .vtysh(&node, "show bgp ipv4 unicast summary json")?;
                text(&seen["peers"][address]["state"])
            }
            Protocol::Ospf => {
                let seen = self.nova.vtysh(&node, "show ip ospf neighbor json")?;
                let on = |one: &&Value| {
                    one["ifaceName"]
                        .as_str()
                        .is_some_and(|name| name.split(':').next() == Some(address))
                };
                let all = seen["neighbors"].as_object().into_iter().flatten();
                let mut all = all.flat_map(|(_, ones)| ones.as_array().into_iter().flatten());
                all.find(on)
                    .map_or_else(|| "none".into(), |one| text(&one["nbrState"]))
            }
            Protocol::Gre => {
                let there = self.sh(&neighbour.node, "ip -o link show type gre | grep -v gre0");
                if there.is_ok_and(|seen| seen.contains("gre")) {
                    "up".into()
                } else {
                    "none".into()
                }
            }
        })
    }

    fn wait_until_met(&self, neighbour: &Neighbour) -> anyhow::Result<()> {
        wait_for(&format!("{neighbour} to be met"), 90, || {
            let state = self.state(neighbour)?;
            Ok(neighbour.protocol.is_met(&state).then_some(()))
        })
    }

    fn table(&self, neighbours: &[Neighbour]) -> anyhow::Result<()> {
        say(&format!("{}:", self.lab));
        for neighbour in neighbours {
            say(&format!("  {neighbour}: {}", self.state(neighbour)?));
        }
        Ok(())
    }

    /// Each node, and what of it is not as it should be.
    fn nodes(&self) -> anyhow::Result<Vec<(String, String)>> {
        let detail = self.nova.nova_json(&["lab", "show", &self.lab])?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let status = detail["status"]["nodes"].as_object().unwrap().iter();
        let nodes = status.map(|(id, node)| {
            let name = text(&detail["lab"]["nodes"][id]["name"]);
            (name, text(&node["state"]["why"]))
        });
        Ok(nodes.collect())
    }
}

#[test]
fn every_bgp_session_of_somebodys_lab_is_established() {
    let test = "every_bgp_session_of_somebodys_lab_is_established";
    let Some(folder) = sample(test, "bgp-ebgp-basics") else {
        return;
    };
    images::prepare(&["frr"]).unwrap();
    apart(test, || {
        let running = Running::of(&folder, &[FRR], &["frr"])?;
        let neighbours = intended::of(&folder)?;
        assert_eq!(
            neighbours.len(),
            6,
            "its configurations name three sessions, from both sides"
        );
        for neighbour in &neighbours {
            running.wait_until_met(neighbour)?;
        }
        running.table(&neighbours)?;
        let unwell: Vec<_> = running
            .nodes()?
            .into_iter()
            .filter(|(_, why)| !why.is_empty())
            .collect();
        assert!(unwell.is_empty(), "{unwell:?}");

        wait_for("r1 to reach r2's own network", 30, || {
            let pings = running.sh("r1", "ping -c1 -W1 -I 192.168.1.1 192.168.2.1");
            Ok(pings.is_ok().then_some(()))
        })?;
        names_and_addresses(&running)?;
        running.nova.end()
    })
    .unwrap();
}

/// On its management network each node has an address of the file's subnet, and all names.
fn names_and_addresses(running: &Running) -> anyhow::Result<()> {
    for (node, other) in [("r1", "r4"), ("r4", "r1")] {
        let seen = running.sh(node, &format!("getent ahostsv4 {other}"))?;
        assert!(
            seen.starts_with("172.20.20."),
            "{node} finds {other} at {seen}"
        );
        running.sh(node, &format!("ping -c1 -W2 {other}"))?;
    }
    let own = running.sh("r1", "ip -4 -o addr show dev eth0")?;
    let address = own
        .split_whitespace()
        .nth(3)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    assert!(address.starts_with("172.20.20."), "{own}");
    let reached = std::process::Command::new("ping")
        .args(["-c1", "-W2", &address])
        .output()?;
    assert!(reached.status.success(), "the host reaches {address}");
    Ok(())
}

#[test]
fn somebodys_enterprise_lab_comes_up_as_far_as_it_can_and_says_what_it_misses() {
    let test = "somebodys_enterprise_lab_comes_up_as_far_as_it_can_and_says_what_it_misses";
    let Some(folder) = sample(test, "enterprise-vpn-migration") else {
        return;
    };
    images::prepare(&["frr", "host"]).unwrap();
    apart(test, || {
        let running = Running::of(&folder, &[FRR, HOST], &["frr", "host"])?;
        let neighbours = intended::of(&folder)?;
        let on_links =
            |one: &&Neighbour| one.protocol == Protocol::Ospf && one.with.starts_with("eth");
        for neighbour in neighbours.iter().filter(on_links) {
            running.wait_until_met(neighbour)?;
        }
        running.table(&neighbours)?;
        assert_eq!(missing_packages(&running)?, wanting_packages(&folder)?);
        tunnels(&running)?;
        sessions(&running, &neighbours)?;
        running.nova.end()
    })
    .unwrap();
}

/// The nodes that say that they could not install a package.
fn missing_packages(running: &Running) -> anyhow::Result<BTreeSet<String>> {
    let nodes = running.nodes()?.into_iter();
    let lacking = nodes.filter(|(_, why)| why.contains("apk add") && why.contains("not found"));
    Ok(lacking.map(|(node, _)| node).collect())
}

/// Those whose part of the file asks for one.
fn wanting_packages(folder: &std::path::Path) -> anyhow::Result<BTreeSet<String>> {
    let text = std::fs::read_to_string(folder.join("topology.clab.yml"))?;
    let (mut node, mut found) = (String::new(), BTreeSet::new());
    for line in text.lines() {
        if let Some(name) = line
            .strip_prefix("    ")
            .filter(|rest| !rest.starts_with([' ', '#', '-']))
        {
            name.trim_end_matches(':').clone_into(&mut node);
        } else if line.contains("apk add") {
            found.insert(node.clone());
        }
    }
    Ok(found)
}

/// A kernel with GRE has both ends; of one without, both routers say so, and the rest of them works.
fn tunnels(running: &Running) -> anyhow::Result<()> {
    for router in ["router-a1", "router-b1"] {
        let has_gre = running.sh(
            router,
            "ip link add probe type gre local 127.0.0.1; ip link del probe",
        );
        let why = running
            .nodes()?
            .into_iter()
            .find(|(node, _)| node == router)
            .unwrap()
            .1;
        if has_gre.is_ok() {
            running.sh(router, "ip link show gre1")?;
        } else {
            say(&format!(
                "{router}: this kernel has no GRE, which it says: {why}"
            ));
            assert!(why.contains("ip tunnel add gre1"), "{why}");
        }
    }
    Ok(())
}

/// The provider's router has four interfaces in one subnet, so its kernel answers both sites on the first,
/// where neither is: the topology lacks two host routes. With them every session is Established.
fn sessions(running: &Running, neighbours: &[Neighbour]) -> anyhow::Result<()> {
    for (address, right) in [("100.64.0.10", "eth3"), ("100.64.0.20", "eth4")] {
        let way = running.sh("internet-core", &format!("ip route get {address}"))?;
        assert!(way.contains("dev eth1"), "{way}");
        running.sh(
            "internet-core",
            &format!("ip route add {address}/32 dev {right}"),
        )?;
    }
    let of_bgp: Vec<Neighbour> = neighbours
        .iter()
        .filter(|one| one.protocol == Protocol::Bgp)
        .cloned()
        .collect();
    assert_eq!(of_bgp.len(), 4);
    for neighbour in &of_bgp {
        running.wait_until_met(neighbour)?;
    }
    say("with a host route to each site on the provider's router:");
    running.table(&of_bgp)
}

#[test]
fn without_root_a_container_says_why_it_cannot_run() {
    let test = "without_root_a_container_says_why_it_cannot_run";
    if geteuid().is_root() {
        return;
    }
    let Some(samples) = samples(test) else { return };
    let nova = Installation::up().unwrap();
    let topology = samples.join("labs/ciscoittech/bgp-ebgp-basics/topology.clab.yml");
    nova.nova(&[
        "lab",
        "import",
        &topology.display().to_string(),
        "--map-image",
        FRR,
    ])
    .unwrap();
    let started = nova.try_nova(&["lab", "start", "bgp-ebgp-basics"]).unwrap();
    let said = format!("{started:?}");
    assert!(!started.status.success(), "{said}");
    assert!(said.contains("root"), "{said}");
    nova.end().unwrap();
}
