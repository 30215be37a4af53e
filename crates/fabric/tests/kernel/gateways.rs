//! The host on a network: what it opens, and that nothing else is. Each thing that is refused is first
//! shown to work where it should.

use std::process::Command;

use fabric::Gate;
use fabric::scratch::Namespace;
use ipnet::IpNet;

use crate::ground::{Ground, Node, ground, ip, names, network, port, shown, skip};

const OUTSIDE: &str = "203.0.113.2";
const OUTSIDE6: &str = "2001:db8:9::2";

/// A host with an ordinary neighbour, and nodes on networks of one lab.
struct Stage {
    lab: Ground,
    outside: Namespace,
}

impl Stage {
    async fn new() -> Option<Self> {
        let lab = ground()?;
        if Command::new("ping").arg("-V").output().is_err() {
            skip("there is no ping here (iputils-ping)");
            return None;
        }
        let outside = Namespace::new().unwrap();
        ip(&lab.host, "link set lo up");
        ip(&lab.host, "link add out0 type veth peer name out1");
        let own = {
            use std::os::fd::{AsFd, AsRawFd};
            let descriptor = outside.as_fd().as_raw_fd();
            format!("/proc/{}/fd/{descriptor}", std::process::id())
        };
        ip(&lab.host, &format!("link set out1 netns {own}"));
        // Without root it is off by default in the agent's own namespace.
        let path = "/proc/sys/net/ipv6/conf/out0/disable_ipv6";
        lab.host
            .run(move || std::fs::write(path, "0").unwrap())
            .unwrap();
        for (place, device, addresses) in [
            (&lab.host, "out0", ["203.0.113.1/24", "2001:db8:9::1/64"]),
            (&outside, "out1", ["203.0.113.2/24", "2001:db8:9::2/64"]),
        ] {
            for address in addresses {
                ip(place, &format!("address add {address} dev {device} nodad"));
            }
            ip(place, &format!("link set {device} up"));
        }
        lab.fabric.ensure_closed().await.unwrap();
        Some(Self { lab, outside })
    }

    /// A network that the host is on, and a node of it with the second address of each family.
    async fn network(&self, number: u64, inward: bool, outward: bool) -> (Gate, Node) {
        let addresses = [
            format!("10.9.{number}.1/24"),
            format!("fd00:{number}::1/64"),
        ];
        let addresses: Vec<IpNet> = addresses.iter().map(|text| text.parse().unwrap()).collect();
        let node = self.node(number).await;
        for address in [
            format!("10.9.{number}.2/24"),
            format!("fd00:{number}::2/64"),
        ] {
            ip(
                &node.netns,
                &format!("address add {address} dev eth0 nodad"),
            );
        }
        ip(
            &node.netns,
            &format!("route add default via 10.9.{number}.1"),
        );
        ip(
            &node.netns,
            &format!("route add default via fd00:{number}::1"),
        );
        let gate = Gate {
            bridge: self.lab.names.bridge(network(number)),
            addresses: addresses.clone(),
            dhcp: true,
            dns: true,
            outward,
            inward,
        };
        let fabric = &self.lab.fabric;
        let made = fabric.ensure_gateway(&self.lab.names, network(number), addresses);
        made.await.unwrap();
        (gate, node)
    }

    async fn node(&self, number: u64) -> Node {
        self.lab.bridge(number).await;
        let node = Node::new(number);
        self.lab.plug(&node, Some(number)).await;
        ip(&node.netns, "link set lo up");
        node
    }

    async fn open(&self, gates: &[&Gate]) {
        let gates = gates.iter().map(|gate| (*gate).clone()).collect();
        self.lab.fabric.set_gates(gates).await.unwrap();
    }
}

/// Whether a ping is answered; three are sent, since the first may be lost to a question for an address.
fn reaches(from: &Namespace, to: &str) -> bool {
    let to = to.to_owned();
    let ping = move || {
        let arguments = ["-c", "3", "-i", "0.2", "-W", "1", "-q", &to];
        Command::new("ping").args(arguments).output().unwrap()
    };
    from.run(ping).unwrap().status.success()
}

#[tokio::test]
async fn the_host_answers_at_its_own_address_and_nowhere_else() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let (gate, node) = stage.network(1, false, false).await;
    stage.open(&[&gate]).await;
    for answered in ["10.9.1.1", "fd00:1::1"] {
        assert!(reaches(&node.netns, answered), "{answered}");
    }
    for refused in ["203.0.113.1", "2001:db8:9::1", OUTSIDE, OUTSIDE6] {
        assert!(!reaches(&node.netns, refused), "{refused}");
    }
    // No open port of the host is reached.
    let listener = stage
        .lab
        .host
        .run(|| std::net::TcpListener::bind("0.0.0.0:8080").unwrap());
    let _listener = listener.unwrap();
    let connects = || {
        let at = "10.9.1.1:8080".parse().unwrap();
        let patience = std::time::Duration::from_millis(700);
        std::net::TcpStream::connect_timeout(&at, patience).is_ok()
    };
    assert!(!node.netns.run(connects).unwrap());
    for from_host in ["10.9.1.2", "fd00:1::2"] {
        assert!(!reaches(&stage.lab.host, from_host), "{from_host}");
    }
    stage.open(&[]).await;
    assert!(!reaches(&node.netns, "10.9.1.1"), "closed again");
}

#[tokio::test]
async fn the_host_reaches_the_nodes_of_a_management_network() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let (gate, node) = stage.network(1, true, false).await;
    stage.open(&[&gate]).await;
    for address in ["10.9.1.2", "fd00:1::2"] {
        assert!(reaches(&stage.lab.host, address), "{address}");
    }
    // The outside has no way in, though the host forwards and the outside knows the way.
    for is_v6 in [false, true] {
        stage.lab.fabric.ensure_forwarding(is_v6).await.unwrap();
    }
    ip(&stage.outside, "route add 10.9.1.0/24 via 203.0.113.1");
    ip(&stage.outside, "route add fd00:1::/64 via 2001:db8:9::1");
    for address in ["10.9.1.2", "fd00:1::2"] {
        assert!(!reaches(&stage.outside, address), "{address}");
    }
    assert!(!reaches(&node.netns, OUTSIDE));
}

#[tokio::test]
async fn a_network_with_a_way_outward_has_it_behind_the_hosts_address() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let (gate, node) = stage.network(1, false, true).await;
    stage.open(&[&gate]).await;
    // A new namespace has what the first one has.
    let not_yet = || {
        for path in ["ipv4/ip_forward", "ipv6/conf/all/forwarding"] {
            std::fs::write(format!("/proc/sys/net/{path}"), "0").unwrap();
        }
    };
    stage.lab.host.run(not_yet).unwrap();
    assert!(
        !reaches(&node.netns, OUTSIDE),
        "the host does not forward yet"
    );
    for is_v6 in [false, true] {
        assert!(stage.lab.fabric.ensure_forwarding(is_v6).await.unwrap());
        assert!(!stage.lab.fabric.ensure_forwarding(is_v6).await.unwrap());
    }
    // The outside has no route to the lab: only the host's own address can be answered.
    for outside in [OUTSIDE, OUTSIDE6] {
        assert!(reaches(&node.netns, outside), "{outside}");
    }
    ip(&stage.outside, "route add 10.9.1.0/24 via 203.0.113.1");
    assert!(
        !reaches(&stage.outside, "10.9.1.2"),
        "nothing comes in by itself"
    );
    // Nobody leaves with an address that is not his network's.
    ip(&node.netns, "address add 203.0.113.77/32 dev eth0");
    ip(&stage.lab.host, "route add 203.0.113.77/32 dev lo");
    let ping = |source: &'static str| {
        move || {
            Command::new("ping")
                .args(["-c", "2", "-i", "0.2", "-W", "1", "-I", source, OUTSIDE])
                .output()
        }
    };
    let outcome = |source| {
        node.netns
            .run(ping(source))
            .unwrap()
            .unwrap()
            .status
            .success()
    };
    assert!(outcome("10.9.1.2"));
    assert!(!outcome("203.0.113.77"));
}

#[tokio::test]
async fn between_networks_nothing_passes_the_host() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let (first, one) = stage.network(1, true, true).await;
    let (second, two) = stage.network(2, false, true).await;
    stage.open(&[&first, &second]).await;
    for is_v6 in [false, true] {
        stage.lab.fabric.ensure_forwarding(is_v6).await.unwrap();
    }
    assert!(reaches(&one.netns, OUTSIDE) && reaches(&two.netns, OUTSIDE));
    for (from, to) in [(&one, "2"), (&two, "1")] {
        for address in [
            format!("10.9.{to}.2"),
            format!("fd00:{to}::2"),
            format!("10.9.{to}.1"),
            format!("fd00:{to}::1"),
        ] {
            assert!(!reaches(&from.netns, &address), "{address}");
        }
    }
    // A closed network, whose node knows the hardware address of its bridge.
    let closed = stage.node(3).await;
    let bridge = stage.lab.names.bridge(network(3));
    let mac = shown(&stage.lab.host, &bridge)["address"]
        .as_str()
        .unwrap()
        .to_owned();
    ip(&closed.netns, "address add 10.9.3.2/24 dev eth0");
    ip(
        &closed.netns,
        &format!("neigh replace 10.9.3.1 lladdr {mac} dev eth0 nud permanent"),
    );
    ip(&closed.netns, "route add default via 10.9.3.1");
    ip(
        &stage.lab.host,
        &format!("route add 10.9.3.0/24 dev {bridge}"),
    );
    for address in ["10.9.1.2", "10.9.1.1", OUTSIDE] {
        assert!(!reaches(&closed.netns, address), "{address}");
    }
}

#[tokio::test]
async fn a_gateway_keeps_its_hardware_address_and_leaves_nothing() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let (_, _node) = stage.network(1, true, false).await;
    let (lab, bridge) = (&stage.lab, stage.lab.names.bridge(network(1)));
    let mac = lab.names.hash.gateway_mac(network(1)).to_string();
    assert_eq!(shown(&lab.host, &bridge)["address"], mac.as_str());
    let other = Node::new(7);
    lab.plug(&other, Some(1)).await;
    assert_eq!(shown(&lab.host, &bridge)["address"], mac.as_str());
    lab.fabric
        .remove_port(&lab.names, port(1, 0))
        .await
        .unwrap();
    assert_eq!(shown(&lab.host, &bridge)["address"], mac.as_str());
    let addresses = || ip(&lab.host, &format!("-o address show dev {bridge}"));
    assert!(addresses().contains("10.9.1.1/24") && addresses().contains("fd00:1::1/64"));
    // Another one takes the place of the one before.
    let next = vec!["10.9.8.1/24".parse().unwrap()];
    lab.fabric
        .ensure_gateway(&lab.names, network(1), next)
        .await
        .unwrap();
    assert!(addresses().contains("10.9.8.1/24") && !addresses().contains("10.9.1.1"));
    assert!(
        !addresses().contains("inet6"),
        "no IPv6, no link-local address"
    );
    lab.fabric
        .remove_gateway(&lab.names, network(1))
        .await
        .unwrap();
    assert_eq!(addresses(), "");
    lab.fabric
        .remove_bridges(&lab.names, &[network(1)])
        .await
        .unwrap();
    lab.fabric
        .remove_gateway(&lab.names, network(1))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_the_host_reaches_is_told_with_the_device() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    ip(&stage.lab.host, "route add 172.16.0.0/12 via 203.0.113.9");
    ip(&stage.lab.host, "route add blackhole 192.0.2.0/24");
    ip(&stage.lab.host, "route add default via 203.0.113.9");
    let reached = stage.lab.fabric.reached().await.unwrap();
    let has = |net: &str, device: &str| {
        reached
            .iter()
            .any(|one| one.net.to_string() == net && one.device == device)
    };
    assert!(
        has("203.0.113.0/24", "out0") && has("203.0.113.1/32", "out0"),
        "{reached:?}"
    );
    assert!(
        has("172.16.0.0/12", "out0") && has("192.0.2.0/24", "no device"),
        "{reached:?}"
    );
    assert!(has("2001:db8:9::/64", "out0"), "{reached:?}");
    let odd = |one: &&fabric::Reached| one.net.prefix_len() == 0 || one.device == "lo";
    assert_eq!(reached.iter().find(odd), None);
}

#[tokio::test]
async fn another_firewall_that_drops_lets_a_network_of_three_ends_and_the_way_outward_through() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let iptables = |arguments: &'static str| {
        let run = move || {
            for program in ["iptables", "ip6tables"] {
                let done = Command::new(program)
                    .args(arguments.split_whitespace())
                    .output()
                    .ok()?;
                assert!(
                    done.status.success(),
                    "{}",
                    String::from_utf8_lossy(&done.stderr)
                );
            }
            Some(())
        };
        stage.lab.host.run(run).unwrap()
    };
    if iptables("-S").is_none() {
        return skip("there is no iptables here");
    }
    let frames_are_filtered = || {
        let path = "/proc/sys/net/bridge/bridge-nf-call-ip";
        ["tables", "6tables"]
            .iter()
            .all(|end| std::fs::write(format!("{path}{end}"), "1").is_ok())
    };
    if !stage.lab.host.run(frames_are_filtered).unwrap() {
        return skip("this kernel has no br_netfilter");
    }
    // As Docker does.
    for line in [
        "-N DOCKER-USER",
        "-A DOCKER-USER -j RETURN",
        "-A FORWARD -j DOCKER-USER",
        "-P FORWARD DROP",
    ] {
        iptables(line);
    }
    let (gate, one) = stage.network(1, false, true).await;
    for is_v6 in [false, true] {
        stage.lab.fabric.ensure_forwarding(is_v6).await.unwrap();
    }
    let two = Node::new(2);
    stage.lab.plug(&two, Some(1)).await;
    for address in ["10.9.1.3/24", "fd00:1::3/64"] {
        ip(&two.netns, &format!("address add {address} dev eth0 nodad"));
    }
    let passes = || {
        let to_node = ["10.9.1.3", "fd00:1::3"]
            .iter()
            .all(|to| reaches(&one.netns, to));
        let outward = [OUTSIDE, OUTSIDE6].iter().all(|to| reaches(&one.netns, to));
        (to_node, outward)
    };
    stage.open(&[&gate]).await;
    assert_eq!(passes(), (true, true));
    // The program that made the chain still understands what is in it.
    let shown = stage.lab.host.run(|| {
        Command::new("iptables")
            .args(["-S", "DOCKER-USER"])
            .output()
            .unwrap()
    });
    let shown = String::from_utf8(shown.unwrap().stdout).unwrap();
    assert!(
        shown.contains("-A DOCKER-USER -i nove+ -j ACCEPT"),
        "{shown}"
    );
    // A restart of Docker, or a person, throws them out.
    iptables("-F DOCKER-USER");
    assert_eq!(passes(), (false, false));
    assert!(stage.lab.fabric.ensure_closed().await.unwrap());
    assert_eq!(passes(), (true, true));
    assert!(
        !stage.lab.fabric.ensure_closed().await.unwrap(),
        "nothing has changed"
    );
    // Without a chain for others, in front of what drops.
    iptables("-F");
    iptables("-X DOCKER-USER");
    assert!(stage.lab.fabric.ensure_closed().await.unwrap());
    assert_eq!(passes(), (true, true));
    stage.lab.fabric.remove_closing().await.unwrap();
    let shown = stage
        .lab
        .host
        .run(|| Command::new("iptables").arg("-S").output().unwrap());
    let shown = String::from_utf8(shown.unwrap().stdout).unwrap();
    assert!(!shown.contains("nove"), "{shown}");
}

#[tokio::test]
async fn another_labs_gateway_is_another() {
    let Some(stage) = Stage::new().await else {
        return;
    };
    let other = names("11111111-2222-3333-4444-555555555556");
    assert_ne!(
        other.hash.gateway_mac(network(1)),
        stage.lab.names.hash.gateway_mac(network(1))
    );
}
