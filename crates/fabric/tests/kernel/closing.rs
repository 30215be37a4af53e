//! Lab networks are closed: a node reaches no address of the host, over a bridge or a host end, by
//! ARP, UDP or as a way to somewhere else. Each attempt succeeds first, before the rules are set.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use fabric::scratch::Namespace;

use crate::ground::{Ground, Node, ground, ip};

const HOST: &str = "198.51.100.1";
const HOST6: &str = "2001:db8::1";
const OUTSIDE: &str = "203.0.113.2";
const PORT: u16 = 9999;
const PATIENCE: Duration = Duration::from_secs(5);

/// The host has an address that no lab knows of, and an ordinary neighbour.
struct Stage {
    lab: Ground,
    neighbour: Namespace,
    node: Node,
}

impl Stage {
    async fn new(bridge: Option<u64>) -> Option<Self> {
        let lab = ground()?;
        let neighbour = Namespace::new().unwrap();
        ip(&lab.host, "link set lo up");
        ip(&lab.host, &format!("address add {HOST}/32 dev lo"));
        ip(&lab.host, "link add out0 type veth peer name out1");
        pass_over(&lab.host, "out1", &neighbour);
        ip(&lab.host, "address add 203.0.113.1/24 dev out0");
        ip(&lab.host, "link set out0 up");
        ip(&neighbour, &format!("address add {OUTSIDE}/24 dev out1"));
        ip(&neighbour, "link set out1 up");
        ip(&neighbour, "route add default via 203.0.113.1");
        let forward = || std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap();
        lab.host.run(forward).unwrap();
        let node = Node::new(1);
        if let Some(number) = bridge {
            lab.bridge(number).await;
        }
        lab.plug(&node, bridge).await;
        ip(&node.netns, "address add 198.51.100.2/24 dev eth0");
        ip(&node.netns, &format!("route add default via {HOST}"));
        let quick =
            || std::fs::write("/proc/sys/net/ipv4/neigh/eth0/retrans_time_ms", "50").unwrap();
        node.netns.run(quick).unwrap();
        Some(Self {
            lab,
            neighbour,
            node,
        })
    }

    /// Whether the host answers the node's question for its address.
    fn host_answers_arp(&self) -> bool {
        ip(&self.node.netns, "neigh flush all");
        let deadline = Instant::now() + PATIENCE;
        loop {
            send(&self.node.netns, HOST, "who are you");
            let known = ip(&self.node.netns, &format!("neigh show {HOST} dev eth0"));
            match known.as_str() {
                known if known.contains("lladdr") => return true,
                known if known.contains("FAILED") => return false,
                _ => assert!(
                    Instant::now() < deadline,
                    "neither known nor failed: {known}"
                ),
            }
        }
    }

    /// As one who was told the host's hardware address.
    fn knows_the_host(&self, device: &str, address: &str) {
        let shown = ip(&self.lab.host, &format!("-o link show dev {device}"));
        let mac = shown.split("link/ether ").nth(1).unwrap();
        let mac = mac.split_whitespace().next().unwrap();
        let learn = format!("neigh replace {address} lladdr {mac} dev eth0 nud permanent");
        ip(&self.node.netns, &learn);
    }

    /// Whether what the node sends to the address arrives there before what a neighbour sends later.
    fn arrives(&self, at: &Namespace, address: &str) -> bool {
        let listening = at.run(|| UdpSocket::bind(("::", PORT)).unwrap()).unwrap();
        listening.set_read_timeout(Some(PATIENCE)).unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            send(&self.node.netns, address, "from the node");
            // The neighbour's way is open at all times.
            let (from, to) = match address {
                OUTSIDE => (&self.lab.host, OUTSIDE),
                _ => (&self.neighbour, HOST),
            };
            send(from, to, "from the neighbour");
            let mut buffer = [0; 64];
            let length = listening.recv(&mut buffer).unwrap();
            if &buffer[..length] == b"from the node" {
                return true;
            }
            if Instant::now() + Duration::from_millis(4800) > deadline {
                return false;
            }
        }
    }
}

fn pass_over(from: &Namespace, device: &str, to: &Namespace) {
    use std::os::fd::{AsFd, AsRawFd};
    let own = format!("/proc/{}/fd/{}", std::process::id(), to.as_fd().as_raw_fd());
    ip(from, &format!("link set {device} netns {own}"));
}

fn send(from: &Namespace, to: &str, text: &'static str) {
    let to = to.to_owned();
    let work = move || {
        let any = if to.contains(':') { "::" } else { "0.0.0.0" };
        let socket = UdpSocket::bind((any, 0)).unwrap();
        // Refused while the neighbour is unknown and its queue full: then nothing was sent.
        let _ = socket.send_to(text.as_bytes(), (to.as_str(), PORT));
    };
    from.run(work).unwrap();
}

async fn closed(bridge: Option<u64>) {
    let Some(stage) = Stage::new(bridge).await else {
        return;
    };
    let device = match bridge {
        Some(number) => stage.lab.names.bridge(crate::ground::network(number)),
        None => stage.lab.names.port(crate::ground::port(1, 0)),
    };
    let (host, outside) = (&stage.lab.host, &stage.neighbour);
    assert!(stage.host_answers_arp(), "open, the host answers");
    stage.knows_the_host(&device, HOST);
    assert!(stage.arrives(host, HOST), "open, the host is reached");
    assert!(stage.arrives(outside, OUTSIDE), "open, the host forwards");

    assert!(stage.lab.fabric.ensure_closed().await.unwrap());

    assert!(!stage.arrives(host, HOST));
    assert!(!stage.arrives(outside, OUTSIDE));
    ip(&stage.node.netns, &format!("neigh del {HOST} dev eth0"));
    assert!(!stage.host_answers_arp());
}

#[tokio::test]
async fn a_node_reaches_nothing_of_the_host_over_a_bridge() {
    closed(Some(12)).await;
}

#[tokio::test]
async fn a_node_reaches_nothing_of_the_host_over_a_port_without_bridge() {
    closed(None).await;
}

/// IPv6 is off on every device of ours; here somebody has switched it on.
#[tokio::test]
async fn a_node_reaches_nothing_of_the_host_by_ipv6_even_where_it_is_on() {
    let Some(stage) = Stage::new(Some(12)).await else {
        return;
    };
    let (host, bridge) = (
        &stage.lab.host,
        stage.lab.names.bridge(crate::ground::network(12)),
    );
    let path = format!("/proc/sys/net/ipv6/conf/{bridge}/disable_ipv6");
    if !std::path::Path::new("/proc/sys/net/ipv6").exists() {
        crate::ground::skip("this kernel has no IPv6");
        return;
    }
    ip(host, &format!("address add {HOST6}/128 dev lo"));
    ip(
        &stage.node.netns,
        "address add 2001:db8::2/64 dev eth0 nodad",
    );
    stage.knows_the_host(&bridge, HOST6);
    assert!(!stage.arrives(host, HOST6), "it is off");
    host.run(move || std::fs::write(path, "0").unwrap())
        .unwrap();
    assert!(stage.arrives(host, HOST6), "open, the host is reached");
    stage.lab.fabric.ensure_closed().await.unwrap();
    assert!(!stage.arrives(host, HOST6));
}

#[tokio::test]
async fn nodes_of_a_closed_network_reach_each_other() {
    let Some(stage) = Stage::new(Some(12)).await else {
        return;
    };
    stage.lab.fabric.ensure_closed().await.unwrap();
    let other = Node::new(2);
    stage.lab.plug(&other, Some(12)).await;
    ip(&other.netns, "address add 198.51.100.3/24 dev eth0");
    let hears = other
        .netns
        .run(|| UdpSocket::bind(("0.0.0.0", PORT)).unwrap())
        .unwrap();
    hears
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let deadline = Instant::now() + PATIENCE;
    let mut buffer = [0; 64];
    while hears.recv(&mut buffer).is_err() {
        assert!(Instant::now() < deadline, "the other node hears nothing");
        send(&stage.node.netns, "198.51.100.3", "hello");
    }
}

#[tokio::test]
async fn the_closing_is_set_once_and_again_when_somebody_changed_the_rules() {
    let Some(stage) = Stage::new(Some(12)).await else {
        return;
    };
    let fabric = &stage.lab.fabric;
    assert!(fabric.ensure_closed().await.unwrap());
    assert!(
        !fabric.ensure_closed().await.unwrap(),
        "nothing has changed"
    );
    // What `nft flush ruleset` does to it, done by another handle of the same namespace.
    let another = stage.lab.host.fabric().unwrap();
    another.remove_closing().await.unwrap();
    another.remove_closing().await.unwrap();
    assert!(stage.host_answers_arp());
    assert!(fabric.ensure_closed().await.unwrap());
    assert!(!stage.host_answers_arp());
}
