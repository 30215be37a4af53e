//! Specs for this crate's tests.

use std::collections::BTreeMap;

use model::lab::Address;
use model::spec::{
    ConsoleSpec, DriverSpec, HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, NetnsSpec, NodeSpec,
    RunWish,
};
use model::{End, IfaceIndex, LabId, LinkState, Mac, NetworkId, NodeId};
use uuid::Uuid;

pub fn lab_id() -> LabId {
    LabId(Uuid::from_u128(0x1111))
}

/// `n` must be in the id's range.
pub fn id<T: TryFrom<u64, Error: std::fmt::Debug>>(n: u64) -> T {
    T::try_from(n).expect("an id in its range")
}

/// Nodes 1, 2 and 3, each linked to both others; all shall run.
pub fn triangle() -> LabSpec {
    let nodes = (1..=3).map(|n| (id(n), node(n))).collect();
    let links = [
        (1, (1, 0), (2, 0)),
        (2, (2, 1), (3, 0)),
        (3, (3, 1), (1, 1)),
    ];
    LabSpec {
        lab: lab_id(),
        name: "triangle".into(),
        hidden_bridge: HiddenBridge::OnDemand,
        nodes,
        networks: BTreeMap::new(),
        links: links
            .into_iter()
            .map(|(n, a, b)| (id(n), link(n, a, b)))
            .collect(),
    }
}

fn node(n: u64) -> NodeSpec {
    let name = format!("r{n}");
    let interfaces = (0..2)
        .map(|i| (id::<IfaceIndex>(i), interface(n, i)))
        .collect();
    NodeSpec {
        run: RunWish::On { start: 1 },
        wipe: 0,
        interfaces,
        driver: DriverSpec::Netns(NetnsSpec {
            hostname: name.clone(),
            consoles: BTreeMap::from([(
                "shell".into(),
                ConsoleSpec {
                    argv: vec!["/bin/sh".into()],
                },
            )]),
            ..NetnsSpec::default()
        }),
        name,
    }
}

/// Address `10.0.L.N/24` where L is the link of [`triangle`] and N the node.
fn interface(n: u64, i: u64) -> InterfaceSpec {
    let link = match (n, i) {
        (1 | 2, 0) => 1,
        (2, 1) | (3, 0) => 2,
        _ => 3,
    };
    let mac = u8::try_from(n * 16 + i).expect("small numbers");
    InterfaceSpec {
        name: format!("eth{i}"),
        mac: Mac([2, 0, 0, 0, 0, mac]),
        mtu: model::spec::MTU,
        addresses: vec![Address(
            format!("10.0.{link}.{n}/24").parse().expect("an address"),
        )],
    }
}

fn link(n: u64, a: (u64, u64), b: (u64, u64)) -> LinkSpec {
    let end = |(node, interface)| End::Interface {
        node: id::<NodeId>(node),
        interface: id(interface),
    };
    LinkSpec {
        a: end(a),
        b: end(b),
        network: Some(id::<NetworkId>(n)),
        state: LinkState::Up,
    }
}
