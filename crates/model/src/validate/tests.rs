#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use super::*;
use crate::lab::{End, Link, LinkState, NetnsNode, Network, Node, NodeKind};
use crate::limits::*;

/// Two hosts and a link.
fn lab() -> Lab {
    serde_json::from_str(
        r#"{"schema":1,"id":"11111111-2222-3333-4444-555555555555","name":"two hosts",
        "nodes":{
          "1":{"name":"h1","kind":"netns","settings":{},"interfaces":{"0":{"name":"eth0"}}},
          "2":{"name":"h2","kind":"netns","settings":{},"interfaces":{"0":{"name":"eth0"}}}},
        "links":[{"id":1,"network":1,"a":{"interface":{"node":1,"interface":0}},
          "b":{"interface":{"node":2,"interface":0}}}]}"#,
    )
    .unwrap()
}

fn codes(lab: &Lab) -> Vec<String> {
    validate(lab)
        .into_iter()
        .map(|problem| problem.code)
        .collect()
}

fn first(lab: &mut Lab) -> &mut Node {
    lab.nodes.values_mut().next().unwrap()
}

fn settings(lab: &mut Lab) -> &mut NetnsNode {
    match &mut first(lab).kind {
        NodeKind::Netns(settings) => settings,
        NodeKind::Docker(_) | NodeKind::Other(_) => panic!("the first node is netns"),
    }
}

/// The lab after `change` has exactly these problems.
#[track_caller]
fn wrong(change: impl FnOnce(&mut Lab), expected: &[&str]) {
    let mut lab = lab();
    change(&mut lab);
    assert_eq!(codes(&lab), expected, "{:?}", validate(&lab));
}

#[test]
fn a_good_lab_has_no_problem() {
    wrong(|_| {}, &[]);
}

#[test]
fn every_problem_is_told_at_once() {
    wrong(
        |lab| {
            lab.schema = 2;
            lab.name = " \u{1b}[2J".into();
            first(lab).name = "H2".into();
            lab.links.values_mut().for_each(|link| link.network = None);
        },
        &[
            "schema_unknown",
            "name_odd",
            "name_odd",
            "node_name_taken",
            "network_number_missing",
        ],
    );
}

#[test]
fn odd_names_are_refused() {
    for name in [
        "-r1",
        "r 1",
        "r/1",
        "r\u{202e}1",
        "ür",
        "r\n",
        &"x".repeat(64),
    ] {
        wrong(|lab| first(lab).name = name.into(), &["node_name_odd"]);
    }
    for name in ["a\u{202e}b", "a\u{200b}b", "a\u{2028}b", "a\nb"] {
        wrong(|lab| lab.name = name.into(), &["name_odd"]);
    }
    wrong(|lab| lab.name = "ノート 👩\u{200d}💻".into(), &[]);
    wrong(|lab| first(lab).name = String::new(), &["name_missing"]);
    wrong(|lab| first(lab).name = "x".repeat(NODE_NAME_MAX_CHARS), &[]);
    for name in [
        "",
        "lo",
        "..",
        "eth 0",
        "a/b",
        "eth0:1",
        "e%d",
        &"e".repeat(16),
    ] {
        let rename = |lab: &mut Lab| {
            first(lab)
                .interfaces
                .values_mut()
                .for_each(|i| i.name = name.into());
        };
        wrong(rename, &["interface_name_odd"]);
    }
    let longest = "e".repeat(INTERFACE_NAME_MAX_BYTES);
    wrong(
        |lab| {
            first(lab)
                .interfaces
                .values_mut()
                .for_each(|i| i.name = longest.clone());
        },
        &[],
    );
}

#[test]
fn interfaces_of_a_node_have_names_and_addresses_of_their_own() {
    wrong(
        |lab| {
            let mut twin = first(lab).interfaces.values().next().unwrap().clone();
            twin.mac = Some("02:00:00:00:00:01".parse().unwrap());
            let interfaces = &mut first(lab).interfaces;
            interfaces.insert(1.try_into().unwrap(), twin.clone());
            twin.name = "eth2".into();
            interfaces.insert(2.try_into().unwrap(), twin);
        },
        &["interface_name_taken", "mac_taken"],
    );
    wrong(
        |lab| {
            let net = |text: &str| crate::lab::Address(text.parse().unwrap());
            let all = [net("10.0.0.1/24"), net("10.0.0.1/24"), net("224.0.0.1/4")];
            first(lab)
                .interfaces
                .values_mut()
                .for_each(|i| i.addresses = all.to_vec());
        },
        &["address_twice", "address_odd"],
    );
}

fn link(id: u64, a: End, b: End, network: Option<u64>) -> Link {
    Link {
        id: id.try_into().unwrap(),
        a,
        b,
        network: network.map(|n| n.try_into().unwrap()),
        state: LinkState::Up,
        extra: serde_json::Map::new(),
    }
}

fn port(node: u64, interface: u64) -> End {
    End::Interface {
        node: node.try_into().unwrap(),
        interface: interface.try_into().unwrap(),
    }
}

fn network(id: u64) -> End {
    End::Network(id.try_into().unwrap())
}

#[track_caller]
fn wrong_link(link: Link, expected: &[&str]) {
    let lan = Network {
        name: "lan".into(),
        position: Position::default(),
        uplink: None,
        gateway: None,
        extra: serde_json::Map::new(),
    };
    wrong(
        |lab| {
            let third = Node {
                name: "h3".into(),
                ..first(lab).clone()
            };
            lab.nodes.insert(3.try_into().unwrap(), third);
            lab.networks.insert(7.try_into().unwrap(), lan);
            lab.links.insert(link.id, link);
        },
        expected,
    );
}

#[test]
fn links_lead_from_one_thing_to_another_that_are_there() {
    wrong_link(link(2, port(3, 0), network(7), None), &[]);
    wrong_link(
        link(2, port(3, 0), port(1, 0), Some(2)),
        &["interface_linked_twice"],
    );
    wrong_link(
        link(2, port(3, 0), port(3, 0), Some(2)),
        &["link_to_itself"],
    );
    wrong_link(link(2, port(3, 0), port(9, 0), Some(2)), &["no_such_node"]);
    wrong_link(
        link(2, port(3, 1), network(7), None),
        &["no_such_interface"],
    );
    wrong_link(link(2, port(3, 0), network(8), None), &["no_such_network"]);
    wrong_link(
        link(2, network(7), network(7), None),
        &["link_to_itself", "link_of_networks"],
    );
    wrong_link(
        link(2, port(3, 0), network(7), Some(3)),
        &["network_number_odd"],
    );
}

#[test]
fn hidden_and_shared_networks_count_in_one_space() {
    wrong(
        |lab| {
            let lan = serde_json::from_str(r#"{"name":"lan"}"#).unwrap();
            lab.networks.insert(1.try_into().unwrap(), lan);
        },
        &["network_number_taken"],
    );
    wrong(
        |lab| {
            let third = Node {
                name: "h3".into(),
                ..first(lab).clone()
            };
            let fourth = Node {
                name: "h4".into(),
                ..first(lab).clone()
            };
            lab.nodes.insert(3.try_into().unwrap(), third);
            lab.nodes.insert(4.try_into().unwrap(), fourth);
            lab.links.insert(
                2.try_into().unwrap(),
                link(2, port(3, 0), port(4, 0), Some(1)),
            );
        },
        &["network_number_taken"],
    );
}

#[test]
fn files_have_plain_absolute_paths() {
    let file = |path: &str| {
        let path = path.to_owned();
        move |lab: &mut Lab| {
            let file = crate::lab::File {
                content: String::new(),
                mode: None,
            };
            settings(lab).files.insert(path, file);
        }
    };
    wrong(file("/etc/frr/frr.conf"), &[]);
    for path in [
        "etc/x",
        "/",
        "/etc/../x",
        "/etc//x",
        "/etc/x/",
        "/./x",
        "/a\nb",
    ] {
        wrong(file(path), &["file_path_odd"]);
    }
    wrong(
        |lab| {
            file("/etc/x")(lab);
            file("/etc/x/y")(lab);
        },
        &["file_path_odd"],
    );
}

#[test]
fn a_daemons_file_that_is_none_is_refused_before_it_is_needed() {
    let daemons = |content: &'static str| {
        move |lab: &mut Lab| {
            let file = crate::lab::File {
                content: content.into(),
                mode: None,
            };
            settings(lab).files.insert("/etc/frr/daemons".into(), file);
        }
    };
    wrong(daemons("bgpd=yes\n"), &[]);
    wrong(daemons("bgpd: yes\n"), &["frr_daemons_unreadable"]);
    wrong(daemons("bgpd_options=\"-A\n"), &["frr_daemons_unreadable"]);
}

#[test]
fn settings_that_no_kernel_takes_are_refused() {
    wrong(
        |lab| settings(lab).hostname = "a b".into(),
        &["hostname_odd"],
    );
    wrong(
        |lab| {
            let gateways = ["10.0.0.1", "fe80::1", "10.0.0.2"].map(|g| g.parse().unwrap());
            settings(lab).gateways = gateways.to_vec();
        },
        &["gateway_twice"],
    );
    wrong(
        |lab| {
            let (to, via) = ("10.0.0.0/8".parse().unwrap(), "fe80::1".parse().unwrap());
            settings(lab).routes = vec![crate::lab::Route { to, via }];
        },
        &["route_odd"],
    );
    wrong(
        |lab| _ = settings(lab).env.insert("A=B".into(), "\0".into()),
        &["env_name_odd", "text_odd"],
    );
    let process = |name: &str, argv: &[&str]| crate::lab::Process {
        name: name.into(),
        argv: argv.iter().map(ToString::to_string).collect(),
        restart: crate::lab::RestartPolicy::Always,
    };
    wrong(
        |lab| settings(lab).processes = vec![process("a", &["x"]), process("a", &[])],
        &["process_name_taken", "program_missing"],
    );
    wrong(
        |lab| settings(lab).exec = vec!["echo \0".into()],
        &["text_odd"],
    );
}

/// At the limit it is good, one beyond it is not.
#[track_caller]
fn limit(max: usize, code: &str, set: impl Fn(&mut Lab, usize)) {
    wrong(|lab| set(lab, max), &[]);
    wrong(|lab| set(lab, max + 1), &[code]);
}

fn numbered<K: Ord, V>(
    count: usize,
    make: impl Fn(usize) -> (K, V),
) -> std::collections::BTreeMap<K, V> {
    (0..count).map(make).collect()
}

#[test]
fn every_text_has_a_limit() {
    limit(LAB_NAME_MAX_CHARS, "name_too_long", |lab, n| {
        lab.name = "é".repeat(n);
    });
    limit(DESCRIPTION_MAX_BYTES, "too_large", |lab, n| {
        lab.description = "x".repeat(n);
    });
    limit(NETWORK_NAME_MAX_CHARS, "name_too_long", |lab, n| {
        let mut lan: Network = serde_json::from_str(r#"{"name":""}"#).unwrap();
        lan.name = "x".repeat(n);
        lab.networks.insert(7.try_into().unwrap(), lan);
    });
    limit(DRAWING_TEXT_MAX_BYTES, "too_large", |lab, n| {
        let mut note: crate::Drawing = serde_json::from_str(r#"{"id":1,"kind":"note"}"#).unwrap();
        note.text = "x".repeat(n);
        lab.drawings = vec![note];
    });
    limit(VALUE_MAX_BYTES, "too_large", |lab, n| {
        settings(lab).env = numbered(1, |_| ("A".into(), "x".repeat(n)));
    });
    limit(COMMAND_MAX_BYTES, "too_large", |lab, n| {
        settings(lab).exec = vec!["x".repeat(n)];
    });
}

#[test]
fn every_list_has_a_limit() {
    limit(NETWORKS_MAX, "too_many", |lab, n| {
        let lan: Network = serde_json::from_str(r#"{"name":"lan"}"#).unwrap();
        lab.networks = numbered(n, |i| ((i as u64 + 10).try_into().unwrap(), lan.clone()));
    });
    limit(NODES_MAX, "too_many", |lab, n| {
        let node = first(lab).clone();
        let named = |i: usize| Node {
            name: format!("h{}", i + 1),
            ..node.clone()
        };
        lab.nodes = numbered(n, |i| ((i as u64 + 1).try_into().unwrap(), named(i)));
    });
    limit(LINKS_MAX, "too_many", |lab, n| {
        let node = first(lab).clone();
        let eth = node.interfaces.values().next().unwrap().clone();
        let interface = |i: u64| crate::Interface {
            name: format!("eth{i}"),
            ..eth.clone()
        };
        let interfaces: std::collections::BTreeMap<_, _> = (0..100)
            .map(|i| (i.try_into().unwrap(), interface(i)))
            .collect();
        let named = |i: usize| Node {
            name: format!("h{i}"),
            interfaces: interfaces.clone(),
            ..node.clone()
        };
        lab.nodes = numbered(1000, |i| ((i as u64 + 1).try_into().unwrap(), named(i)));
        lab.networks = numbered(1, |_| {
            let lan: Network = serde_json::from_str(r#"{"name":"lan"}"#).unwrap();
            (7.try_into().unwrap(), lan)
        });
        let one = |i: u64| link(i + 1, port(i / 100 + 1, i % 100), network(7), None);
        lab.links = numbered(n, |i| ((i as u64 + 1).try_into().unwrap(), one(i as u64)));
    });
    limit(DRAWINGS_MAX, "too_many", |lab, n| {
        let note: crate::Drawing = serde_json::from_str(r#"{"id":1,"kind":"note"}"#).unwrap();
        let id = |i: usize| u32::try_from(i).unwrap();
        lab.drawings = (0..n)
            .map(|i| crate::Drawing {
                id: id(i),
                ..note.clone()
            })
            .collect();
    });
    limit(ADDRESSES_MAX, "too_many", |lab, n| {
        let net = |i: usize| crate::lab::Address(format!("10.0.0.{}/24", i + 1).parse().unwrap());
        first(lab)
            .interfaces
            .values_mut()
            .for_each(|eth| eth.addresses = (0..n).map(net).collect());
    });
}

#[test]
fn every_list_of_a_nodes_settings_has_a_limit() {
    limit(ROUTES_MAX, "too_many", |lab, n| {
        let (to, via) = ("10.0.0.0/8".parse().unwrap(), "10.0.0.1".parse().unwrap());
        settings(lab).routes = vec![crate::lab::Route { to, via }; n];
    });
    limit(ENV_MAX, "too_many", |lab, n| {
        settings(lab).env = numbered(n, |i| (format!("A{i}"), String::new()));
    });
    limit(LABELS_MAX, "too_many", |lab, n| {
        first(lab).labels = numbered(n, |i| (format!("a{i}"), String::new()));
    });
    limit(EXEC_MAX, "too_many", |lab, n| {
        settings(lab).exec = vec!["true".into(); n];
    });
    let process = |i: usize, arguments: usize| crate::lab::Process {
        name: format!("p{i}"),
        argv: vec!["x".into(); arguments],
        restart: crate::lab::RestartPolicy::Never,
    };
    limit(PROCESSES_MAX, "too_many", |lab, n| {
        settings(lab).processes = (0..n).map(|i| process(i, 1)).collect();
    });
    limit(ARGUMENTS_MAX, "too_many", |lab, n| {
        settings(lab).processes = vec![process(0, n)];
    });
}

#[test]
fn files_have_limits() {
    let file = |size: usize| crate::lab::File {
        content: "x".repeat(size),
        mode: None,
    };
    limit(FILES_MAX, "too_many", |lab, n| {
        settings(lab).files = numbered(n, |i| (format!("/f{i}"), file(0)));
    });
    limit(FILE_MAX_BYTES, "too_large", |lab, n| {
        settings(lab).files = numbered(1, |_| ("/f".into(), file(n)));
    });
    limit(NODE_FILES_MAX_BYTES, "too_large", |lab, n| {
        let quarter = NODE_FILES_MAX_BYTES / 4;
        settings(lab).files = numbered(4, |i| (format!("/f{i}"), file(quarter)));
        settings(lab)
            .files
            .insert("/g".into(), file(n - NODE_FILES_MAX_BYTES));
    });
    limit(FILE_PATH_MAX_BYTES, "file_path_odd", |lab, n| {
        settings(lab).files = numbered(1, |_| (format!("/{}", "x".repeat(n - 1)), file(0)));
    });
}

#[test]
fn a_position_must_lie_on_the_sheet() {
    let set = |x: f64| move |lab: &mut Lab| first(lab).position = Position { x, y: 0.0 };
    wrong(set(1_000_000.0), &[]);
    wrong(set(-1_000_001.0), &["position_out_of_range"]);
}
