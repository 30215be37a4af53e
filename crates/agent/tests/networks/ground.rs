//! A host with an outside, labs with such networks, and what is seen of them.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use agent_api::unix::UnixAgent;
use agent_api::{AgentClient, ApplyOutcome, ControllerId, HelloReply, HostSpec, LabEntry};
use model::lab::Gateway;
use model::spec::{
    DriverSpec, HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, MTU, NetnsSpec, NetworkSpec,
    NodeSpec, RunWish,
};
use model::status::{LabStatus, NodeState};
use model::{End, Generation, LabId, LinkState, Mac, NetworkId};

use crate::common::{Daemon, Ended, SweptAtTheEnd, eventually, exec_in, node_id};

pub const OUTSIDE: &str = "203.0.113.2";
pub const OUTSIDE6: &str = "2001:db8:9::2";
const NETWORK: u64 = 5;

pub fn network() -> NetworkId {
    NETWORK.try_into().unwrap()
}

pub fn lab(number: u128) -> LabId {
    LabId(uuid::Uuid::from_u128(number))
}

pub fn has(program: &str) -> bool {
    let mut found = Command::new("sh");
    found.args(["-c", "command -v \"$0\"", program]);
    let found = found.stdout(Stdio::null()).status();
    found.is_ok_and(|status| status.success())
}

/// False after a word why, where the story cannot be told here.
pub fn can_be_told(test: &str, programs: &[(&str, &str)]) -> bool {
    let missing = programs.iter().find(|(program, _)| !has(program));
    if let Some((program, package)) = missing {
        eprintln!("SKIP {test}: there is no {program} here (apt install {package})");
    }
    missing.is_none()
}

/// Runs it on the host that the test stands on.
pub fn run(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{line}: {complaint}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn succeeds(line: &str) -> bool {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", line])
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    shell.status().unwrap().success()
}

/// A namespace beyond the host, with a server of names that knows `outside.example`.
pub struct Outside {
    holder: Child,
    names: Child,
}

impl Outside {
    pub async fn new() -> Self {
        let mut holder = Command::new("unshare");
        let holder = holder.args(["--net", "sleep", "600"]).spawn().unwrap();
        let pid = holder.id();
        while std::fs::read_link(format!("/proc/{pid}/ns/net")).ok()
            == std::fs::read_link("/proc/self/ns/net").ok()
        {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        run("ip link set lo up; ip link add out0 type veth peer name out1");
        run(&format!("ip link set out1 netns {pid}"));
        run(
            "ip address add 203.0.113.1/24 dev out0; ip address add 2001:db8:9::1/64 dev out0 nodad; ip link set out0 up",
        );
        let inside = format!("nsenter -t {pid} -n");
        for line in [
            "ip link set lo up",
            "ip address add 203.0.113.2/24 dev out1",
            "ip address add 2001:db8:9::2/64 dev out1 nodad",
            "ip link set out1 up",
        ] {
            run(&format!("{inside} {line}"));
        }
        run(
            "echo 'nameserver 203.0.113.2' > /tmp/resolv.outside; mount --bind /tmp/resolv.outside /etc/resolv.conf",
        );
        let mut names = Command::new("nsenter");
        names.args([
            "-t",
            &pid.to_string(),
            "-n",
            "dnsmasq",
            "--keep-in-foreground",
        ]);
        names.args([
            "--conf-file=/dev/null",
            "--no-hosts",
            "--no-resolv",
            "--pid-file=",
            "--user=root",
        ]);
        names.args([
            "--bind-interfaces",
            "--listen-address=203.0.113.2",
            "--log-facility=-",
        ]);
        names.arg("--address=/outside.example/203.0.113.2");
        let names = names.stderr(Stdio::null()).spawn().unwrap();
        Self { holder, names }
    }

    pub fn reaches(&self, address: &str) -> bool {
        let pid = self.holder.id();
        succeeds(&format!(
            "nsenter -t {pid} -n ping -c 2 -i 0.2 -W 1 {address}"
        ))
    }

    pub fn run(&self, line: &str) {
        run(&format!("nsenter -t {} -n {line}", self.holder.id()));
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        for child in [&mut self.names, &mut self.holder] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub fn gateway(ipv4: &str, management: bool) -> Gateway {
    Gateway {
        ipv4: Some(ipv4.parse().unwrap()),
        ipv6: Some("auto".parse().unwrap()),
        dhcp: true,
        dns: true,
        outward: true,
        management,
    }
}

/// Nodes `h1` to `hN`, each with one interface without an address, on one network.
pub fn lab_of(id: LabId, name: &str, nodes: u64, gateway: Gateway) -> LabSpec {
    let link = |node| LinkSpec {
        a: End::Interface {
            node: node_id(node),
            interface: 0.try_into().unwrap(),
        },
        b: End::Network(network()),
        network: None,
        state: LinkState::Up,
    };
    let net = NetworkSpec {
        name: "lan".into(),
        uplink: None,
        gateway: Some(gateway),
    };
    LabSpec {
        lab: id,
        name: name.into(),
        hidden_bridge: HiddenBridge::OnDemand,
        nodes: (1..=nodes).map(|n| (node_id(n), host(id, n))).collect(),
        networks: BTreeMap::from([(network(), net)]),
        links: (1..=nodes)
            .map(|n| (n.try_into().unwrap(), link(n)))
            .collect(),
    }
}

fn host(lab: LabId, n: u64) -> NodeSpec {
    let (_, last) = lab.0.as_u64_pair();
    let interface = InterfaceSpec {
        name: "eth0".into(),
        mac: Mac([
            2,
            0,
            0,
            0,
            u8::try_from(last).unwrap(),
            u8::try_from(n).unwrap(),
        ]),
        mtu: MTU,
        addresses: Vec::new(),
    };
    let netns = NetnsSpec {
        hostname: format!("h{n}"),
        ..NetnsSpec::default()
    };
    NodeSpec {
        name: format!("h{n}"),
        run: RunWish::On { start: 1 },
        wipe: 0,
        interfaces: BTreeMap::from([(0.try_into().unwrap(), interface)]),
        driver: DriverSpec::Netns(netns),
    }
}

/// What is left is swept when the agent has ended: it is bound before it.
pub async fn begin() -> (SweptAtTheEnd, Daemon) {
    let daemon = Daemon::start().await;
    (SweptAtTheEnd(daemon.folder()), daemon)
}

/// A client, and what is asked of it.
pub struct Server {
    pub agent: Arc<UnixAgent>,
}

impl Server {
    pub async fn of(daemon: &Daemon) -> Self {
        Self {
            agent: daemon.client().await,
        }
    }

    pub async fn apply(&self, lab: LabId, entry: LabEntry) {
        let Ok(HelloReply::Welcome { host, .. }) = self.agent.hello() else {
            panic!("no welcome")
        };
        let wish = HostSpec {
            controller: ControllerId("test-server".into()),
            host,
            labs: BTreeMap::from([(lab, entry)]),
            causes: BTreeMap::new(),
        };
        let outcome = self.agent.apply(wish).await.unwrap();
        assert_eq!(outcome[&lab], ApplyOutcome::Accepted);
    }

    pub async fn wish(&self, generation: u64, spec: LabSpec) {
        let entry = LabEntry::Present {
            generation: Generation(generation),
            spec: spec.clone(),
        };
        self.apply(spec.lab, entry).await;
    }

    pub async fn remove(&self, lab: LabId, generation: u64) {
        let generation = Generation(generation);
        self.apply(lab, LabEntry::Tombstone { generation }).await;
        eventually("the lab is gone", || async {
            let status = self.agent.status().await.unwrap();
            status.removed.contains_key(&lab)
        })
        .await;
    }

    pub async fn status(&self, lab: LabId) -> LabStatus {
        let mut status = self.agent.status().await.unwrap();
        status.labs.remove(&lab).unwrap_or_default()
    }

    /// All its nodes run, and the host's address on its network is known.
    pub async fn until_up(&self, lab: LabId, nodes: usize) {
        eventually("the nodes run", || async {
            let status = self.status(lab).await;
            let runs = NodeState::Running { booted: true };
            status
                .nodes
                .values()
                .filter(|node| node.state == runs)
                .count()
                == nodes
        })
        .await;
    }

    pub async fn gateway(&self, lab: LabId) -> (String, String) {
        let status = self.status(lab).await;
        let own = status.networks.get(&network()).cloned().unwrap_or_default();
        let show = |net: Option<ipnet::IpNet>| net.map(|net| net.addr().to_string());
        (
            show(own.ipv4).unwrap_or_default(),
            show(own.ipv6).unwrap_or_default(),
        )
    }

    pub async fn exec(&self, lab: LabId, node: u64, line: &str) -> Ended {
        exec_in(&*self.agent, lab, node, &["/bin/sh", "-c", line]).await
    }

    pub async fn does(&self, lab: LabId, node: u64, line: &str) -> bool {
        self.exec(lab, node, line).await.status == 0
    }

    pub async fn until_it_does(&self, lab: LabId, node: u64, line: &str) {
        let what = format!("node {node} can: {line}");
        eventually(&what, || self.does(lab, node, line)).await;
    }

    pub async fn pings(&self, lab: LabId, node: u64, to: &str) -> bool {
        let line = format!("ping -c 2 -i 0.2 -W 1 {to}");
        self.does(lab, node, &line).await
    }
}

/// Servers of this daemon's networks, by pid.
pub fn servers(daemon: &Daemon) -> Vec<u32> {
    let mark = format!("--pid-file={}", daemon.folder().path().display());
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let is_one = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0)
            .any(|word| word.starts_with(mark.as_bytes()))
    };
    pids.filter(is_one).collect()
}
