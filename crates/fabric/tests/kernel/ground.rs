//! What a story stands on: a host, nodes, ports between them.

use std::process::Command;
use std::time::{Duration, Instant};

use fabric::scratch::Namespace;
use fabric::{Fabric, LabDevices, NodeNet, PortWanted};
use model::id::{InstanceId, LabId, NetworkId, NodeId};
use model::lab::Mac;
use model::names::Names;
use model::seen::{PortId, PortSeen};

use crate::rootless;

/// One lab on a host of its own.
pub struct Ground {
    pub host: Namespace,
    pub fabric: Fabric,
    pub names: Names,
}

/// A node's namespace, and fabric's handle of it.
pub struct Node {
    pub number: u64,
    pub netns: Namespace,
    pub net: NodeNet,
}

/// None where no namespace can be made here, with the reason told unless the test runs elsewhere.
pub fn ground() -> Option<Ground> {
    match Namespace::new() {
        Ok(host) => Some(Ground {
            fabric: host.fabric().unwrap(),
            host,
            names: names("11111111-2222-3333-4444-555555555555"),
        }),
        // An ordinary user's run: the whole story is told inside a user namespace.
        Err(_) if rootless::will_run_every_test() => None,
        Err(error) => {
            skip(&format!("{error}: needs root or user namespaces"));
            None
        }
    }
}

pub fn skip(why: &str) {
    let thread = std::thread::current();
    eprintln!("SKIP {}: {why}", thread.name().unwrap_or("a test"));
}

pub fn names(lab: &str) -> Names {
    let lab: LabId = lab.parse().unwrap();
    Names::new(
        &InstanceId("00000000-0000-0000-0000-000000000001".into()),
        lab,
    )
}

pub fn port(node: u64, interface: u64) -> PortId {
    PortId::new(node.try_into().unwrap(), interface.try_into().unwrap())
}

pub fn network(number: u64) -> NetworkId {
    number.try_into().unwrap()
}

impl Ground {
    pub fn wanted(&self, id: PortId, master: Option<u64>) -> PortWanted {
        PortWanted {
            name: format!("eth{}", id.interface),
            mac: self.mac(id),
            mtu: 9500,
            master: master.map(network),
        }
    }

    pub fn mac(&self, id: PortId) -> Mac {
        self.names.mac(id.node, id.interface)
    }

    /// Interface 0 of the node, its host end in this network's bridge or in none.
    pub async fn plug(&self, node: &Node, master: Option<u64>) -> PortId {
        let id = port(node.number, 0);
        let wanted = self.wanted(id, master);
        let done = self.fabric.ensure_port(&self.names, id, &wanted, &node.net);
        done.await.unwrap();
        id
    }

    /// A transparent link between two new nodes, without a bridge.
    pub async fn link(&self) -> [Node; 2] {
        let nodes = [Node::new(1), Node::new(2)];
        let a = self.plug(&nodes[0], None).await;
        let b = self.plug(&nodes[1], None).await;
        self.redirect(a, b).await;
        nodes
    }

    pub async fn redirect(&self, a: PortId, b: PortId) {
        for (from, to) in [(a, b), (b, a)] {
            let done = self.fabric.ensure_redirect(&self.names, from, to);
            done.await.unwrap();
        }
    }

    pub async fn bridge(&self, number: u64) -> NetworkId {
        let network = network(number);
        let done = self.fabric.ensure_bridge(&self.names, network);
        done.await.unwrap();
        network
    }

    pub async fn seen(&self) -> LabDevices {
        self.fabric.observe_lab(&self.names).await.unwrap()
    }

    pub async fn seen_port(&self, id: PortId) -> PortSeen {
        self.seen().await.ports.remove(&id).unwrap()
    }

    /// Waits until the port has carrier, of which the kernel tells a moment later than of all else.
    pub async fn has_carrier(&self, id: PortId) {
        let deadline = Instant::now() + Duration::from_secs(5);
        while !self.seen_port(id).await.carrier {
            assert!(Instant::now() < deadline, "{id} has no carrier");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many changes the host's side took while `work` went on.
    pub async fn changes_during(&self, work: impl Future<Output = ()>) -> u64 {
        let before = self.fabric.changes_made().await.unwrap();
        work.await;
        self.fabric.changes_made().await.unwrap() - before
    }

    pub fn sysctl(&self, path: &str) -> String {
        let path = format!("/proc/sys/net/{path}");
        let read = move || std::fs::read_to_string(path).unwrap().trim().to_owned();
        self.host.run(read).unwrap()
    }
}

impl Node {
    pub fn new(number: u64) -> Self {
        let netns = Namespace::new().unwrap();
        Self {
            number,
            net: netns.node().unwrap(),
            netns,
        }
    }

    pub fn id(&self) -> NodeId {
        self.number.try_into().unwrap()
    }
}

/// Runs `ip` in a namespace; tests may, the fabric may not.
pub fn ip(netns: &Namespace, arguments: &str) -> String {
    let arguments: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
    let run = move || Command::new("ip").args(arguments).output().unwrap();
    let output = netns.run(run).unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// One device as `ip -d -j link` shows it.
pub fn shown(netns: &Namespace, name: &str) -> serde_json::Value {
    let text = ip(netns, &format!("-d -j link show dev {name}"));
    let all: serde_json::Value = serde_json::from_str(&text).unwrap();
    all[0].clone()
}
