//! A lab goes out as a topology file, and comes back as the same lab.

use std::collections::BTreeMap;

use crate::collection::{samples, text_of, topologies};
use crate::common::{import, options};
use crate::source::Source;
use formats::containerlab::{Bound, Read, Written, read, write};
use model::Lab;
use model::lab::{DockerNode, NetnsNode};

const NAME: &str = "lab.clab.yml";

/// What was written, read again with what lies beside it.
fn read_back(written: &Written, file_name: &str) -> Read {
    let beside = |path: &str| match written.files.get(path) {
        Some(file) => Bound::File {
            bytes: file.content.clone().into_bytes(),
            mode: file
                .mode
                .as_deref()
                .map(|mode| u32::from_str_radix(mode, 8).unwrap()),
        },
        None => Bound::Missing,
    };
    let mut options = options();
    options.files = &beside;
    options.file_name = file_name;
    let read = read(written.text.as_bytes(), &options);
    read.unwrap_or_else(|error| panic!("{error}\n{}", written.text))
}

#[track_caller]
fn comes_back(lab: &Lab) -> Written {
    let written = write(lab, NAME);
    let again = read_back(&written, NAME);
    assert_eq!(&again.lab, lab, "{}", written.text);
    let twice = write(&again.lab, NAME);
    assert_eq!(twice.text, written.text);
    written
}

#[test]
fn a_lab_of_everything_comes_back() {
    let lab = import(include_str!("everything.clab.yml")).unwrap().lab;
    let written = comes_back(&lab);
    let lines: Vec<String> = written.losses.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(format!("{}\n# {}", written.text, lines.join("\n# ")));
}

/// Of every sample: read, written and read it is the same lab, and what is written says what the source says.
#[test]
fn every_sample_comes_back_and_says_what_its_source_says() {
    let name = "every_sample_comes_back_and_says_what_its_source_says";
    let Some(folder) = samples(name, "clab") else {
        return;
    };
    let labs = folder.parent().unwrap().join("labs");
    let mut tried = 0;
    for file in topologies(&folder).into_iter().chain(topologies(&labs)) {
        let at = file.display().to_string();
        let lab = crate::collection::import(&file).unwrap().lab;
        let written = write(&lab, NAME);
        let again = read_back(&written, NAME).lab;
        assert_eq!(again, lab, "{at}\n{}", written.text);
        Source::of(&text_of(&file)).compare(&again, &at);
        let own = written.text.replace("$$", "$");
        let own = Source::of(&own);
        own.compare_written(&Source::of(&text_of(&file)), &at);
        tried += 1;
    }
    println!("{tried} labs");
}

#[test]
fn what_no_topology_file_has_is_named() {
    let lab: Lab = serde_json::from_value(serde_json::json!({
        "schema": 1, "id": "11111111-2222-3333-4444-555555555555", "name": "my lab", "description": "d",
        "nodes": {
            "1": {"name": "h", "template": "host", "kind": "netns", "icon": "pc", "settings": {
                "gateways": ["10.0.0.1"], "processes": [{"name": "p", "argv": ["sleep", "1"]}]},
                "interfaces": {"0": {"name": "eth0", "addresses": ["10.0.0.2/24", "10.0.0.3/24"], "mtu": 1400}}},
            "2": {"name": "c", "template": "container", "kind": "docker", "settings": {
                "ulimits": {"nofile": {"soft": 1, "hard": 2}}, "resources": {"pids": 5},
                "routes": [{"to": "10.1.0.0/16", "via": "10.0.0.1"}], "ip_forward": true,
                "files": {"/a:b": {"content": ""}}, "new": 1},
                "interfaces": {"0": {"name": "eth0"}, "1": {"name": "eth1"}}},
        },
        "networks": {
            "1": {"name": "the net", "gateway": {"ipv4": "auto"}},
            "3": {"name": "lan", "uplink": "enp0s3"},
        },
        "links": [
            {"id": 1, "network": 2, "state": "cut",
                "a": {"interface": {"node": 1, "interface": 0}}, "b": {"interface": {"node": 2, "interface": 0}}},
            {"id": 2, "a": {"interface": {"node": 2, "interface": 1}}, "b": {"network": 1}},
        ],
        "drawings": [{"id": 1, "kind": "text", "text": "t"}, {"id": 2, "kind": "star"}],
    }))
    .unwrap();
    assert_eq!(model::validate::validate(&lab), Vec::new());
    let written = write(&lab, NAME);
    let lines: Vec<String> = written.losses.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(format!("{}\n# {}", written.text, lines.join("\n# ")));
    let again = read_back(&written, NAME);
    assert_eq!((again.lab.nodes.len(), again.lab.links.len()), (2, 2));
}

/// Texts that mean something to YAML, to variables, to templates, to a shell.
#[test]
fn odd_texts_come_back() {
    let odd = [
        "",
        "no",
        "5",
        "$HOME $$ ${X}",
        "{{ .X }}",
        "a: b # c",
        "\"'\\",
        "a\nb\n",
        "ä ‑ 🦀",
        "- x",
        "~",
    ];
    let env = odd
        .iter()
        .enumerate()
        .map(|(n, text)| (format!("V{n}"), (*text).to_owned()));
    let settings = DockerNode {
        image: "alpine".into(),
        env: env.collect(),
        exec: odd.iter().skip(1).map(|text| (*text).to_owned()).collect(),
        command: Some(odd.iter().map(|text| (*text).to_owned()).collect()),
        files: [
            ("/etc/x".to_owned(), file("$X {{}}\n")),
            ("/b/{{c}} $d".to_owned(), file("")),
        ]
        .into(),
        restart: model::lab::OnEnd(model::lab::RestartPolicy::Always),
        ..DockerNode::default()
    };
    let mut lab = import("name: x\ntopology:\n  nodes: {a: {kind: linux, image: alpine}}\n")
        .unwrap()
        .lab;
    let node = lab.nodes.values_mut().next().unwrap();
    node.kind = model::NodeKind::Docker(Box::new(settings));
    node.labels = odd
        .iter()
        .map(|text| (format!("l {text}"), (*text).to_owned()))
        .collect();
    comes_back(&lab);
}

fn file(content: &str) -> model::lab::File {
    model::lab::File {
        content: content.into(),
        mode: None,
    }
}

#[test]
fn a_lab_over_the_hosts_programs_goes_out_as_containers() {
    let mut lab = import("name: x\ntopology:\n  nodes: {a: {kind: linux, image: frr}}\n")
        .unwrap()
        .lab;
    let node = lab.nodes.values_mut().next().unwrap();
    node.template = "frr".into();
    let files: BTreeMap<_, _> = [("/etc/frr/frr.conf".to_owned(), file("hostname a\n"))].into();
    node.kind = model::NodeKind::Netns(NetnsNode {
        files: files.clone(),
        ..NetnsNode::default()
    });
    let written = write(&lab, NAME);
    assert_eq!(written.losses.len(), 2, "{:?}", written.losses);
    let again = read_back(&written, NAME).lab;
    let (a, settings) = crate::common::docker(&again, "a");
    assert_eq!((&*a.template, &settings.files), ("frr-container", &files));
    assert_eq!(settings.image, "nova-ve/frr");
}

/// A node of the network's name, and a port that nobody named: found by fuzzing.
#[test]
fn names_that_are_there_twice_come_back() {
    let text = "name: x\ntopology:\n  nodes: {clab: {kind: linux, image: a}, b: {kind: linux, image: a}}\n  \
                links:\n    - {type: mgmt-net, endpoint: {node: clab, interface: eth3}}\n";
    comes_back(&import(text).unwrap().lab);
}

/// Nobody is on the network, as a link has the one `eth0`: found by fuzzing.
#[test]
fn a_management_network_that_nobody_is_on_is_named_as_lost() {
    let text = "name: x\ntopology:\n  nodes: {a: {kind: linux, image: a}, b: {kind: linux, image: a, network-mode: none}}\n  \
                links:\n    - endpoints: ['a:eth0', 'b:eth0']\n";
    let lab = import(text).unwrap().lab;
    let written = write(&lab, NAME);
    assert_eq!(written.losses.len(), 1, "{:?}", written.losses);
    assert_eq!(written.losses[0].path, "mgmt");
    let again = read_back(&written, NAME).lab;
    assert!(again.networks.is_empty(), "{again:?}");
    assert_eq!(again.nodes.len(), 2);
}
