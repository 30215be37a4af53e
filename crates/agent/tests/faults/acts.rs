//! A small lab that goes through every kind of step, as a ring of acts that ends where it began.

use std::collections::BTreeMap;

use agent_api::LabEntry;
use model::lab::{Address, Gateway};
use model::spec::{
    DriverSpec, HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, MTU, NetnsSpec, NetworkSpec,
    NodeSpec, ProcessKind, ProcessSpec, ReadyWhen, RouteSpec, RunWish,
};
use model::{End, Generation, LinkState, Mac};

use crate::common::{lab_id, node_id};

/// In the order of the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Three nodes, a link of two ends, a shared network that the host is on.
    Start,
    Cut,
    Heal,
    /// Between interfaces that running nodes get.
    AddLink,
    /// The link of two ends becomes a network, and a port of the other network moves there.
    ThirdEnd,
    RemoveLink,
    /// One node's data goes, and it starts again.
    Wipe,
    RemoveNode,
    Stop,
    RemoveLab,
}

pub const RING: [Act; 10] = [
    Act::Start,
    Act::Cut,
    Act::Heal,
    Act::AddLink,
    Act::ThirdEnd,
    Act::RemoveLink,
    Act::Wipe,
    Act::RemoveNode,
    Act::Stop,
    Act::RemoveLab,
];

impl Act {
    /// The wish after this act, when the acts before it have been done.
    pub fn wish(self, generation: u64, round: u64, hidden_bridge: HiddenBridge) -> LabEntry {
        let generation = Generation(generation);
        if self == Self::RemoveLab {
            return LabEntry::Tombstone { generation };
        }
        let spec = self.spec(round, hidden_bridge);
        LabEntry::Present { generation, spec }
    }

    fn spec(self, round: u64, hidden_bridge: HiddenBridge) -> LabSpec {
        let mut spec = LabSpec {
            lab: lab_id(),
            name: "faults".into(),
            hidden_bridge,
            nodes: BTreeMap::from_iter(
                [(1, 2), (2, 1), (3, 1)]
                    .map(|(n, interfaces)| (node_id(n), node(n, interfaces, round))),
            ),
            networks: BTreeMap::from([(network_id(2), with_the_host(network("lan")))]),
            links: BTreeMap::from_iter([
                link(1, end(1, 0), end(2, 0), Some(1)),
                link(2, end(1, 1), End::Network(network_id(2)), None),
                link(3, end(3, 0), End::Network(network_id(2)), None),
            ]),
        };
        for act in RING.into_iter().filter(|act| *act <= self) {
            act.change(&mut spec, round);
        }
        spec
    }

    fn change(self, spec: &mut LabSpec, round: u64) {
        let mut set_state = |state| spec.links.values_mut().for_each(|link| link.state = state);
        match self {
            Self::Start | Self::RemoveLab => {}
            Self::Cut => set_state(LinkState::Cut),
            Self::Heal => set_state(LinkState::Up),
            Self::AddLink => {
                add_interface(spec, 2, 1);
                add_interface(spec, 3, 1);
                spec.links.extend([link(4, end(2, 1), end(3, 1), Some(3))]);
            }
            Self::ThirdEnd => {
                add_interface(spec, 3, 2);
                spec.networks.insert(network_id(1), network("grown"));
                let grown = End::Network(network_id(1));
                spec.links.extend([
                    link(1, end(1, 0), grown, None),
                    link(3, end(3, 0), grown, None),
                    link(5, end(2, 0), grown, None),
                    link(6, end(3, 2), grown, None),
                ]);
            }
            Self::RemoveLink => {
                spec.links.remove(&4.try_into().unwrap());
                for n in [2, 3] {
                    let node = spec.nodes.get_mut(&node_id(n)).unwrap();
                    node.interfaces.remove(&1.try_into().unwrap());
                }
            }
            Self::Wipe => {
                let node = spec.nodes.get_mut(&node_id(3)).unwrap();
                node.wipe += 1;
                node.run = RunWish::On {
                    start: round * 2 + 1,
                };
            }
            Self::RemoveNode => {
                spec.nodes.remove(&node_id(2));
                spec.links.remove(&5.try_into().unwrap());
            }
            Self::Stop => {
                for node in spec.nodes.values_mut() {
                    node.run = RunWish::Off;
                }
            }
        }
    }
}

fn node(n: u64, interfaces: u64, round: u64) -> NodeSpec {
    let sleeper = ProcessSpec {
        name: "sleeper".into(),
        argv: vec!["/bin/sleep".into(), "1000000".into()],
        kind: ProcessKind::Service {
            restart: model::lab::RestartPolicy::OnFailure,
        },
        optional: false,
        ready: ReadyWhen::Started,
    };
    let routes = (n == 3).then(|| RouteSpec {
        to: "10.9.0.0/16".parse().unwrap(),
        via: "10.2.0.1".parse().unwrap(),
    });
    let netns = NetnsSpec {
        hostname: format!("n{n}"),
        routes: routes.into_iter().collect(),
        processes: vec![sleeper],
        ..NetnsSpec::default()
    };
    NodeSpec {
        name: format!("n{n}"),
        run: RunWish::On { start: round * 2 },
        wipe: round,
        interfaces: (0..interfaces)
            .map(|i| (i.try_into().unwrap(), interface(n, i)))
            .collect(),
        driver: DriverSpec::Netns(netns),
    }
}

/// `eth0` of node 3 is in the shared network, as `eth1` of node 1 is.
fn interface(n: u64, i: u64) -> InterfaceSpec {
    let network = if (n, i) == (3, 0) { 2 } else { i + 1 };
    InterfaceSpec {
        name: format!("eth{i}"),
        mac: Mac([
            2,
            0,
            0,
            0,
            u8::try_from(n).unwrap(),
            u8::try_from(i).unwrap(),
        ]),
        mtu: MTU,
        addresses: vec![Address(format!("10.{network}.0.{n}/24").parse().unwrap())],
    }
}

fn add_interface(spec: &mut LabSpec, n: u64, i: u64) {
    let node = spec.nodes.get_mut(&node_id(n)).unwrap();
    let index = i.try_into().unwrap();
    node.interfaces.insert(index, interface(n, i));
}

fn end(n: u64, i: u64) -> End {
    End::Interface {
        node: node_id(n),
        interface: i.try_into().unwrap(),
    }
}

fn network_id(n: u64) -> model::NetworkId {
    n.try_into().unwrap()
}

fn network(name: &str) -> NetworkSpec {
    NetworkSpec {
        name: name.into(),
        uplink: None,
        gateway: None,
    }
}

fn with_the_host(network: NetworkSpec) -> NetworkSpec {
    let gateway = Gateway {
        ipv4: Some("10.2.0.254/24".parse().unwrap()),
        ipv6: None,
        dhcp: true,
        dns: true,
        outward: true,
        management: false,
    };
    NetworkSpec {
        gateway: Some(gateway),
        ..network
    }
}

fn link(id: u64, a: End, b: End, hidden: Option<u64>) -> (model::LinkId, LinkSpec) {
    let spec = LinkSpec {
        a,
        b,
        network: hidden.map(network_id),
        state: LinkState::Up,
    };
    (id.try_into().unwrap(), spec)
}
