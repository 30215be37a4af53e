//! Networks that the host is on, by properties: addresses that nobody else has and that stay.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use model::lab::{Address, Gateway, LinkState, Subnet};
use model::networks::{Chosen, Subnets, management_addresses, names_on, resolve};
use model::seen::PortId;
use model::spec::{
    DriverSpec, HiddenBridge, InterfaceSpec, LabSpec, LinkSpec, NetnsSpec, NetworkSpec, NodeSpec,
    RunWish,
};
use model::{End, IfaceIndex, Mac, NetworkId, NodeId};
use proptest::prelude::*;

fn network() -> NetworkId {
    7.try_into().unwrap()
}

fn port(node: u64, interface: u64) -> PortId {
    PortId::new(node.try_into().unwrap(), interface.try_into().unwrap())
}

fn chosen(ipv4: &str, ipv6: &str) -> Chosen {
    Chosen {
        ipv4: ipv4.parse().ok(),
        ipv6: ipv6.parse().ok(),
    }
}

/// Each node with as many interfaces as it says, all on the network; some with an address of their own.
fn lab(nodes: &BTreeMap<u16, (u8, Option<&str>)>) -> LabSpec {
    let mut spec = LabSpec {
        lab: "11111111-2222-3333-4444-555555555555".parse().unwrap(),
        name: "My lab".into(),
        hidden_bridge: HiddenBridge::OnDemand,
        nodes: BTreeMap::new(),
        networks: BTreeMap::new(),
        links: BTreeMap::new(),
    };
    let gateway = Gateway {
        ipv4: Some(Subnet::Auto),
        ipv6: Some(Subnet::Auto),
        dhcp: true,
        dns: true,
        outward: true,
        management: true,
    };
    let net = NetworkSpec {
        name: "mgmt".into(),
        uplink: None,
        gateway: Some(gateway),
    };
    spec.networks.insert(network(), net);
    for (&number, &(interfaces, address)) in nodes {
        let node: NodeId = u64::from(number).try_into().unwrap();
        let mut of_node = BTreeMap::new();
        for index in 0..interfaces {
            let interface: IfaceIndex = u64::from(index).try_into().unwrap();
            let addresses = address.filter(|_| index == 0).into_iter();
            let own = InterfaceSpec {
                name: format!("eth{index}"),
                mac: Mac([2, 0, 0, 0, 0, index]),
                mtu: 1500,
                addresses: addresses
                    .map(|text| Address(text.parse().unwrap()))
                    .collect(),
            };
            of_node.insert(interface, own);
            let link = LinkSpec {
                a: End::Interface { node, interface },
                b: End::Network(network()),
                network: None,
                state: LinkState::Up,
            };
            let id = u64::try_from(spec.links.len()).unwrap() + 1;
            spec.links.insert(id.try_into().unwrap(), link);
        }
        let node_spec = NodeSpec {
            name: format!("r{number}"),
            run: RunWish::Off,
            wipe: 0,
            interfaces: of_node,
            driver: DriverSpec::Netns(NetnsSpec::default()),
        };
        spec.nodes.insert(node, node_spec);
    }
    spec
}

fn addresses(spec: &LabSpec, chosen: &Chosen) -> BTreeMap<PortId, Vec<IpAddr>> {
    let given = management_addresses(spec, network(), chosen);
    let plain = |all: Vec<Address>| all.iter().map(|address| address.0.addr()).collect();
    given
        .into_iter()
        .map(|(port, all)| (port, plain(all)))
        .collect()
}

fn nodes() -> impl Strategy<Value = BTreeMap<u16, (u8, Option<&'static str>)>> {
    let own = prop_oneof![
        4 => Just(None),
        1 => Just(Some("10.9.0.3/24")),
        1 => Just(Some("fd00::5/64")),
        1 => Just(Some("192.0.2.1/24")),
    ];
    proptest::collection::btree_map(1..400_u16, (1..3_u8, own), 0..40)
}

proptest! {
    #[test]
    fn no_two_have_the_same_address_and_none_has_the_hosts(nodes in nodes()) {
        let (spec, chosen) = (lab(&nodes), chosen("10.9.0.1/24", "fd00::1/64"));
        let mut all: BTreeSet<IpAddr> = chosen.all().map(|net| net.addr()).collect();
        let own = spec.nodes.values().flat_map(|node| node.interfaces.values());
        all.extend(own.flat_map(|own| &own.addresses).map(|address| address.0.addr()));
        for ip in addresses(&spec, &chosen).into_values().flatten() {
            prop_assert!(all.insert(ip), "{ip} twice");
            prop_assert!(chosen.all().any(|net| net.contains(&ip) && ip != net.network() && ip != net.broadcast() || ip.is_ipv6() && net.contains(&ip)));
        }
    }

    #[test]
    fn whoever_comes_or_goes_the_others_keep_theirs(nodes in nodes(), gone in any::<prop::sample::Index>()) {
        // As long as the network has a place for each node's number.
        let nodes: BTreeMap<u16, (u8, Option<&str>)> =
            nodes.into_iter().filter(|(n, _)| *n < 253).map(|(n, _)| (n, (1, None))).collect();
        let chosen = chosen("10.9.0.1/24", "fd00::1/64");
        let before = addresses(&lab(&nodes), &chosen);
        if nodes.is_empty() { return Ok(()) }
        let mut fewer = nodes.clone();
        let key = *nodes.keys().nth(gone.index(nodes.len())).unwrap();
        fewer.remove(&key);
        for (port, after) in addresses(&lab(&fewer), &chosen) {
            prop_assert_eq!(&before[&port], &after);
        }
    }

    #[test]
    fn each_gets_one_of_each_family_while_there_is_room(nodes in nodes()) {
        let spec = lab(&nodes);
        let given = addresses(&spec, &chosen("10.9.0.1/23", "fd00::1/64"));
        for (id, node) in &spec.nodes {
            for (index, own) in &node.interfaces {
                let families = own.addresses.iter().map(|address| address.0.addr());
                let more = given.get(&PortId::new(*id, *index)).into_iter().flatten().copied();
                let all: Vec<bool> = families.chain(more).map(|ip| ip.is_ipv6()).collect();
                prop_assert!(all.contains(&true) && all.contains(&false), "{all:?}");
            }
        }
    }
}

#[test]
fn a_node_has_the_place_of_its_number_and_a_second_interface_the_last() {
    let spec = lab(&BTreeMap::from([
        (1, (2, None)),
        (4, (1, None)),
        (300, (1, None)),
    ]));
    let given = addresses(&spec, &chosen("10.9.0.1/24", ""));
    let shown = |node, interface| given[&port(node, interface)][0].to_string();
    assert_eq!(shown(1, 0), "10.9.0.2");
    assert_eq!(shown(4, 0), "10.9.0.5");
    assert_eq!(shown(1, 1), "10.9.0.254");
    assert_eq!(shown(300, 0), "10.9.0.253", "there is no place 301");
}

#[test]
fn a_full_network_gives_no_more() {
    let nodes = (1..=5).map(|number| (number, (1, None))).collect();
    let given = addresses(&lab(&nodes), &chosen("10.9.0.1/29", ""));
    assert_eq!(given.len(), 5);
    let nodes = (1..=9).map(|number| (number, (1, None))).collect();
    let given = addresses(&lab(&nodes), &chosen("10.9.0.1/29", ""));
    assert_eq!(given.len(), 5);
}

#[test]
fn a_resolved_wish_has_nothing_left_to_choose() {
    let spec = lab(&BTreeMap::from([
        (1, (1, None)),
        (2, (1, Some("10.9.0.77/24"))),
    ]));
    let subnets = Subnets::from([(network(), chosen("10.9.0.1/24", "fd00::1/64"))]);
    let resolved = resolve(&spec, &subnets);
    let gateway = resolved.networks[&network()].gateway.as_ref().unwrap();
    assert_eq!(gateway.ipv4.unwrap().to_string(), "10.9.0.1/24");
    assert_eq!(gateway.ipv6.unwrap().to_string(), "fd00::1/64");
    let DriverSpec::Netns(netns) = &resolved.nodes[&1.try_into().unwrap()].driver else {
        panic!("a netns node")
    };
    let ways: Vec<String> = netns.gateways.iter().map(ToString::to_string).collect();
    assert_eq!(ways, ["10.9.0.1", "fd00::1"]);
    assert_eq!(
        netns.files["/etc/resolv.conf"].content,
        "nameserver 10.9.0.1\n"
    );
    let named: Vec<String> = names_on(&resolved, network())
        .into_iter()
        .map(|named| format!("{} {}", named.address, named.name))
        .collect();
    assert_eq!(
        named,
        ["10.9.0.2 r1", "fd00::2 r1", "10.9.0.77 r2", "fd00::3 r2"]
    );
    // Twice is once.
    assert_eq!(resolve(&resolved, &subnets), resolved);
}

#[test]
fn what_a_node_has_of_its_own_is_kept() {
    let mut spec = lab(&BTreeMap::from([(1, (1, None))]));
    let DriverSpec::Netns(netns) = &mut spec.nodes.values_mut().next().unwrap().driver else {
        panic!("a netns node")
    };
    netns.gateways.push("10.9.0.9".parse().unwrap());
    let subnets = Subnets::from([(network(), chosen("10.9.0.1/24", "fd00::1/64"))]);
    let resolved = resolve(&spec, &subnets);
    let DriverSpec::Netns(netns) = &resolved.nodes.values().next().unwrap().driver else {
        panic!("a netns node")
    };
    let ways: Vec<String> = netns.gateways.iter().map(ToString::to_string).collect();
    assert_eq!(ways, ["10.9.0.9", "fd00::1"]);
}

#[test]
fn a_network_without_a_subnet_is_closed_and_the_nodes_run_on() {
    let spec = lab(&BTreeMap::from([(1, (1, None))]));
    let resolved = resolve(&spec, &Subnets::new());
    assert_eq!(resolved.networks[&network()].gateway, None);
    assert_eq!(resolved.nodes, spec.nodes);
}
