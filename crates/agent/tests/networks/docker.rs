//! Beside a running dockerd, whose firewall drops what it does not know: networks of three ends and the
//! way outward pass, also after dockerd was started again.

use std::net::IpAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use model::lab::Address;
use model::spec::{InterfaceSpec, LabSpec, LinkSpec, MTU, NetworkSpec};
use model::{End, LinkState, Mac};

use super::ground::{
    OUTSIDE, OUTSIDE6, Outside, Server, begin, can_be_told, gateway, lab, lab_of, run, succeeds,
};
use crate::common::{eventually, in_own_namespace_and_mounts, node_id};

const NEEDED: [(&str, &str); 4] = [
    ("dockerd", "docker.io"),
    ("iptables", "iptables"),
    ("dnsmasq", "dnsmasq-base"),
    ("ping", "iputils-ping"),
];

#[test]
fn networks_pass_dockers_firewall_also_after_its_restart() {
    let test = "networks::docker::networks_pass_dockers_firewall_also_after_its_restart";
    if !can_be_told(test, &NEEDED) {
        return;
    }
    if !Path::new("/proc/sys/net/bridge").exists() {
        return eprintln!("SKIP {test}: this kernel has no br_netfilter");
    }
    in_own_namespace_and_mounts(test, || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(beside_docker(test));
    });
}

/// One of the test's own, in the test's own network.
struct Dockerd {
    child: Child,
    folder: tempfile::TempDir,
}

impl Dockerd {
    /// None where it does not start here.
    async fn start() -> Option<Self> {
        // It drops what it does not know where it switched forwarding on itself.
        run("ip link set lo up; echo 0 > /proc/sys/net/ipv4/ip_forward");
        let folder = tempfile::tempdir().unwrap();
        let child = Self::spawn(folder.path());
        let mut dockerd = Self { child, folder };
        dockerd.is_ready().await.then_some(dockerd)
    }

    fn spawn(folder: &Path) -> Child {
        let at = |name: &str| folder.join(name).display().to_string();
        let mut command = Command::new("dockerd");
        command.args(["--data-root", &at("data"), "--exec-root", &at("exec")]);
        command.args(["--pidfile", &at("pid"), "--storage-driver", "vfs"]);
        command.args(["-H", &format!("unix://{}", at("socket"))]);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    /// Its firewall is up.
    async fn is_ready(&mut self) -> bool {
        for _ in 0..300 {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if self.folder.path().join("socket").exists()
                && succeeds("iptables -S FORWARD | grep -q -- '-j DOCKER-USER'")
            {
                return true;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        false
    }

    fn end(&mut self) {
        run(&format!("kill {}", self.child.id()));
        self.child.wait().unwrap();
    }

    async fn start_again(&mut self) {
        self.end();
        // A host that comes up anew, or a firewall that is loaded again.
        run("iptables -F; ip6tables -F");
        self.child = Self::spawn(self.folder.path());
        assert!(self.is_ready().await);
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.end();
        }
    }
}

/// A second network that the host is not on, with addresses by hand.
fn with_closed_network(mut spec: LabSpec) -> LabSpec {
    let closed: model::NetworkId = 6.try_into().unwrap();
    let network = NetworkSpec {
        name: "closed".into(),
        uplink: None,
        gateway: None,
    };
    spec.networks.insert(closed, network);
    for n in 1..=3_u64 {
        let addresses = [format!("10.1.1.{n}/24"), format!("fd01::{n}/64")];
        let interface = InterfaceSpec {
            name: "eth1".into(),
            mac: Mac([2, 0, 0, 1, 0, u8::try_from(n).unwrap()]),
            mtu: MTU,
            addresses: addresses.map(|text| Address(text.parse().unwrap())).into(),
        };
        let node = spec.nodes.get_mut(&node_id(n)).unwrap();
        node.interfaces.insert(1.try_into().unwrap(), interface);
        let link = LinkSpec {
            a: End::Interface {
                node: node_id(n),
                interface: 1.try_into().unwrap(),
            },
            b: End::Network(closed),
            network: None,
            state: LinkState::Up,
        };
        spec.links.insert((10 + n).try_into().unwrap(), link);
    }
    spec
}

async fn beside_docker(test: &str) {
    let Some(mut dockerd) = Dockerd::start().await else {
        return eprintln!("SKIP {test}: dockerd does not start here");
    };
    assert!(run("iptables -S FORWARD").contains("-P FORWARD DROP"));
    // Docker of today does so for IPv6 too.
    run("ip6tables -P FORWARD DROP");
    run("for end in tables 6tables; do echo 1 > /proc/sys/net/bridge/bridge-nf-call-ip$end; done");
    let _outside = Outside::new().await;
    let (_folder, daemon) = begin().await;
    let server = Server::of(&daemon).await;
    let id = lab(1);
    let spec = with_closed_network(lab_of(id, "Three", 3, gateway("auto", true)));
    server.wish(1, spec).await;
    server.until_up(id, 3).await;
    all_pass(&server).await;

    dockerd.start_again().await;
    assert!(run("iptables -S FORWARD").contains("-P FORWARD DROP"));
    eventually("the way is open again", || async {
        server.pings(id, 1, "10.1.1.3").await
    })
    .await;
    all_pass(&server).await;
    server.remove(id, 2).await;
    daemon.stop().await;
}

async fn all_pass(server: &Server) {
    let id = lab(1);
    let (v4, v6) = server.gateway(id).await;
    let third = |own: &str| -> IpAddr {
        format!("{}4", own.strip_suffix('1').unwrap())
            .parse()
            .unwrap()
    };
    // The question for the address goes by the bridge as well.
    server.exec(id, 1, "ip neigh flush all").await;
    for to in [
        "10.1.1.2".into(),
        "10.1.1.3".into(),
        "fd01::3".into(),
        third(&v4).to_string(),
        third(&v6).to_string(),
        OUTSIDE.into(),
        OUTSIDE6.into(),
    ] {
        let to: String = to;
        assert!(server.pings(id, 1, &to).await, "{to}");
    }
}
