//! The containerlab reader, by stories.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::fmt::Write;

use formats::containerlab::{Bound, Options, read};
use formats::{FormatError, Loss};
use model::lab::NetnsNode;
use model::{Lab, LabId, NodeKind};

const TOPOLOGY: &str = r#"
name: two
mgmt: {network: m}
topology:
  defaults:
    env: {EDITOR: vi, N: 5}
  kinds:
    linux:
      image: frrouting/frr:v10
      binds: [common/daemons:/etc/frr/daemons]
  groups:
    edge:
      exec: [sysctl -w net.ipv4.ip_forward=1]
  nodes:
    r2:
      kind: linux
      group: edge
      binds:
        - ./r2/daemons:/etc/frr/daemons:ro
        - ../secret:/etc/secret
      ports: ["2211:22"]
      exec: ["ip addr add 10.0.0.2/24 dev eth1", "hostname __clabNodeName__"]
      labels: {graph-posX: "100", graph-posY: 40}
    r1:
      kind: Linux
      image: alpine:3
    sw: {kind: bridge}
  links:
    - endpoints: ["r2:eth1", "r1:eth1"]
      mtu: 1500
    - endpoints: ["r2:eth5", "sw:p1"]
    - endpoints: ["r1:eth2", "host:br0"]
"#;

fn files(path: &str) -> Bound {
    match path {
        "common/daemons" => Bound::File(b"ospfd=yes\n".into()),
        "r2/daemons" => Bound::File(b"bgpd=yes\n".into()),
        "folder" => Bound::Directory,
        "binary" => Bound::File(vec![0xff]),
        _ => Bound::Missing,
    }
}

fn import(text: &str, as_netns: bool) -> Result<(Lab, Vec<Loss>), FormatError> {
    let id: LabId = "11111111-2222-3333-4444-555555555555".parse().unwrap();
    read(
        text.as_bytes(),
        &Options {
            id,
            as_netns,
            files: &files,
        },
    )
}

fn settings<'a>(lab: &'a Lab, name: &str) -> (&'a str, &'a NetnsNode) {
    let node = lab.nodes.values().find(|node| node.name == name).unwrap();
    match &node.kind {
        NodeKind::Netns(settings) => (&node.template, settings),
        NodeKind::Other(_) => panic!("{name} is no netns node"),
    }
}

#[test]
fn a_small_lab_is_read_with_everything_it_inherits() {
    let (lab, _) = import(TOPOLOGY, true).unwrap();
    let (template, r2) = settings(&lab, "r2");
    assert_eq!(template, "frr");
    assert_eq!(r2.files["/etc/frr/daemons"].content, "bgpd=yes\n");
    assert_eq!(r2.env["N"], "5");
    assert_eq!(r2.exec[0], "sysctl -w net.ipv4.ip_forward=1");
    assert_eq!(r2.exec[2], "hostname r2");
    let (template, r1) = settings(&lab, "r1");
    assert_eq!((template, r1.exec.len()), ("host", 0));
    let names: Vec<_> = lab.nodes.values().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["r2", "r1"], "numbers follow the file's order");
    assert_eq!(
        lab.nodes.values().next().unwrap().position,
        model::Position { x: 100.0, y: 40.0 }
    );
    insta::assert_json_snapshot!(lab.links.values().collect::<Vec<_>>());
}

#[test]
fn what_is_not_read_is_named() {
    let (_, losses) = import(TOPOLOGY, true).unwrap();
    let lines: Vec<String> = losses.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn without_as_netns_every_key_of_a_node_is_kept() {
    let (lab, losses) = import(TOPOLOGY, false).unwrap();
    let NodeKind::Other(r2) = &lab.nodes.values().next().unwrap().kind else {
        panic!("linux nodes do not run without --as netns")
    };
    assert_eq!(r2.original, "linux");
    assert_eq!(r2.extra["image"], "frrouting/frr:v10");
    assert_eq!(r2.extra["ports"][0], "2211:22");
    assert!(losses.iter().any(|loss| loss.why.contains("--as netns")));
}

#[track_caller]
fn refused(text: &str, words: &str) {
    let error = import(text, true).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

fn with_node(yaml: &str) -> String {
    format!("name: x\ntopology:\n  nodes:\n    a: {yaml}\n    b: {{kind: linux}}\n")
}

#[test]
fn what_cannot_be_a_lab_is_refused_with_the_place() {
    refused("name: [x", "line 1, column");
    refused("name: x\n", "topology");
    refused("name: x\ntopology:\n\tnodes:", "line 3");
    refused(
        "name: x\ntopology:\n  nodes:\n    a: {kind: linux}\n    a: {kind: linux}\n",
        "line 5",
    );
    refused(
        "name: {{ .Name }}\n",
        "line 1, column 7: this is a Go template",
    );
    refused("name: \u{ff}x: \u{1}", "line 1");
    refused(&with_node("{}"), "nodes.a: the node has no kind");
    refused(
        &with_node("{kind: linux, binds: [none:/x]}"),
        "needs the file none, which is not there",
    );
    refused(
        &with_node("{kind: linux, binds: [none]}"),
        "is not source:target",
    );
    refused(&with_node("{kind: linux, exec: {a: b}}"), "line 4");
    let links = |ends: &str| {
        format!(
            "{}  links:\n    - endpoints: {ends}\n",
            with_node("{kind: linux}")
        )
    };
    refused(&links(r#"["a:eth1", "c:eth1"]"#), "no node \"c\"");
    refused(&links(r#"["a:eth1"]"#), "two endpoints, not 1");
    refused(&links(r#"["a:eth1", "b"]"#), "node:interface");
    refused(&links(r#"["a:eth1", "a:eth1"]"#), "a link needs two");
    refused(
        &links("[\"a:eth1\", \"b:eth1\"]\n    - endpoints: [\"a:eth1\", \"b:eth2\"]"),
        "already",
    );
}

#[test]
fn a_bind_of_a_folder_or_of_bytes_is_a_loss() {
    let (_, losses) = import(
        &with_node("{kind: linux, binds: ['folder:/x', 'binary:/y']}"),
        true,
    )
    .unwrap();
    let whys: Vec<_> = losses.iter().map(|loss| loss.why.as_str()).collect();
    assert_eq!(whys.len(), 2);
    assert!(
        whys[0].contains("folder") && whys[1].contains("no text file"),
        "{whys:?}"
    );
}

#[test]
fn a_kind_that_does_not_run_here_is_kept_and_named() {
    let text = with_node("{kind: nokia_srlinux, type: 5132}")
        + "  links:\n    - endpoints: [\"a:ethernet-1/1\", \"b:eth1\"]\n";
    let (lab, losses) = import(&text, true).unwrap();
    let first = lab.nodes.values().next().unwrap();
    assert_eq!(first.kind.word(), "other");
    assert_eq!(
        first.interfaces.values().next().unwrap().name,
        "ethernet-1-1"
    );
    assert!(
        losses.iter().any(|loss| loss.what == "kind nokia_srlinux"),
        "{losses:?}"
    );
}

#[test]
fn bombs_are_refused_quickly() {
    let deep = format!("name: {}", "[".repeat(100_000));
    refused(&deep, "line 1");
    let mut bomb = String::from("name: x\na0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 9].join(",");
        writeln!(bomb, "a{n}: &a{n} [{aliases}]").unwrap();
    }
    assert!(import(&bomb, true).is_err());
    let huge = "#".repeat(100 << 20);
    refused(&huge, "a lab has at most");
}

/// Nothing else is looked at: with this many links, each would cost more than the one before.
#[test]
fn more_links_than_a_lab_has_are_refused_at_once() {
    let mut text = String::from("name: huge\ntopology:\n  nodes: {a: {kind: linux}}\n  links:\n");
    for n in 0..40_000 {
        writeln!(text, "    - endpoints: [\"nowhere:eth{n}\", \"a:eth{n}\"]").unwrap();
    }
    let error = import(&text, true).unwrap_err();
    let expected = "topology.links: 40000 links; at most 20000 are possible";
    assert_eq!(error.to_string(), expected);
}
