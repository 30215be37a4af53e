//! The containerlab reader, by stories.

use std::collections::BTreeMap;

use crate::common::{docker, import, import_with, node, options};
use formats::containerlab::{Bound, read};
use formats::images::ImageMap;
use model::lab::{OnEnd, PullPolicy, Reached, RestartPolicy};
use model::{End, NodeKind};

const TOPOLOGY: &str = r#"
name: two
prefix: ""
mgmt: {network: m, ipv4-subnet: 172.31.0.0/24, mtu: 1400}
topology:
  defaults:
    env: {EDITOR: vi, N: 5, YES: yes, EMPTY: }
  kinds:
    linux:
      image: frrouting/frr:v10
      binds: [common/daemons:/etc/frr/daemons]
  groups:
    edge:
      exec: [sysctl -w net.ipv4.ip_forward=1]
      memory: 1Gb
  nodes:
    r2:
      kind: linux
      group: edge
      mgmt-ipv4: 172.31.0.12
      startup-config: r2/frr.conf
      binds:
        - ./r2/daemons:/etc/frr/daemons:ro
        - scripts:/scripts
        - /lib/modules:/lib/modules:ro
      ports: ["2211:22"]
      exec: ["ip addr add 10.0.0.2/24 dev eth1", "hostname __clabNodeName__"]
      labels: {graph-posX: "100", graph-posY: 40}
      cap-add: [CAP_NET_ADMIN, sys_time]
      stages:
        create:
          wait-for: [{node: r1, stage: healthy}]
    r1:
      kind: Linux
      image: alpine:3
      image-pull-policy: always
      restart-policy: no
      cmd: sh -c "sleep 5"
      cpu: 1.5
      network-mode: none
      env-files: [env]
      env: {N: 6}
      sysctls: {net.ipv4.ip_forward: 1, kernel.panic: 1}
    sw: {kind: bridge}
  links:
    - endpoints: ["r2:eth1", "r1:eth1"]
      mtu: 1500
      labels: {a: b}
    - endpoints: ["r2:eth5", "sw:p1"]
    - endpoints: ["r1:eth2", "host:br0"]
    - endpoints: ["r1:eth3", "macvlan:enp3s0"]
    - type: veth
      endpoints:
        - {node: r1, interface: eth4, mac: "02:00:00:00:00:01", ipv4: 10.9.0.1/24}
        - {node: r2, interface: eth2, ipv6: "2001:db8::1/64", vars: {as: 5}}
    - type: dummy
      endpoint: {node: r1, interface: eth9}
"#;

#[test]
fn a_container_has_everything_it_inherits() {
    let read = import(TOPOLOGY).unwrap();
    let (r2, settings) = docker(&read.lab, "r2");
    assert_eq!(r2.template, "frr-container");
    assert_eq!(settings.image, "frrouting/frr:v10");
    assert_eq!(settings.files["/etc/frr/daemons"].content, "bgpd=yes\n");
    assert_eq!(settings.files["/etc/frr/frr.conf"].content, "hostname r2\n");
    assert_eq!(
        settings.files["/scripts/sub/run.sh"].mode.as_deref(),
        Some("0755")
    );
    assert_eq!(settings.files["/scripts/a.txt"].mode, None);
    assert_eq!(settings.env["YES"], "yes");
    assert_eq!((&*settings.env["N"], &*settings.env["EMPTY"]), ("5", ""));
    assert_eq!(settings.exec[0], "sysctl -w net.ipv4.ip_forward=1");
    assert_eq!(settings.exec[2], "hostname r2");
    assert_eq!(settings.resources.memory_bytes, Some(1_000_000_000));
    assert_eq!(settings.capabilities, ["SYS_TIME".to_owned()].into());
    let bind = &settings.binds[0];
    assert_eq!((&*bind.source, bind.write), ("/lib/modules", false));
    assert_eq!(settings.after[0].reached, Reached::Healthy);
    assert_eq!(settings.restart, OnEnd(RestartPolicy::Always));
    assert_eq!(r2.position, model::Position { x: 100.0, y: 40.0 });
}

#[test]
fn a_nodes_own_keys_win() {
    let read = import(TOPOLOGY).unwrap();
    let (r1, settings) = docker(&read.lab, "r1");
    assert_eq!((&*r1.template, &*settings.image), ("container", "alpine:3"));
    assert_eq!(settings.pull, PullPolicy::Always);
    assert_eq!(settings.restart, OnEnd(RestartPolicy::Never));
    let command = settings.command.clone().unwrap();
    assert_eq!(command, ["sh", "-c", "sleep 5"]);
    assert_eq!(settings.resources.cpus, Some(1.5));
    assert_eq!(
        (&*settings.env["N"], &*settings.env["SECRET"]),
        ("6", "s 3")
    );
    assert_eq!(settings.sysctls.len(), 1);
    let names: Vec<_> = read
        .lab
        .nodes
        .values()
        .map(|node| node.name.as_str())
        .collect();
    assert_eq!(names, ["r2", "r1"], "numbers follow the file's order");
}

#[test]
fn links_lead_where_the_file_says() {
    let lab = import(TOPOLOGY).unwrap().lab;
    let r1 = node(&lab, "r1");
    let eth = |name: &str| r1.interfaces.values().find(|eth| eth.name == name).unwrap();
    assert_eq!(eth("eth1").mtu, Some(1500));
    assert_eq!(eth("eth4").mac.unwrap().to_string(), "02:00:00:00:00:01");
    assert_eq!(eth("eth4").addresses[0].0.to_string(), "10.9.0.1/24");
    assert!(eth("eth2").addresses.is_empty() && eth("eth9").mtu.is_none());
    let names: Vec<_> = lab
        .networks
        .values()
        .map(|network| network.name.as_str())
        .collect();
    assert_eq!(names, ["sw", "m", "enp3s0"]);
    assert_eq!(
        lab.networks.values().nth(2).unwrap().uplink.as_deref(),
        Some("enp3s0")
    );
    let labels = &lab.links.values().next().unwrap().extra["labels"];
    assert_eq!(labels, &serde_json::json!({"a": "b"}));
}

#[test]
fn the_management_network_is_there_unless_a_node_opts_out() {
    let lab = import(TOPOLOGY).unwrap().lab;
    let (id, net) = lab.networks.iter().nth(1).unwrap();
    let gateway = net.gateway.clone().unwrap();
    assert!(gateway.management && gateway.outward);
    assert_eq!(gateway.ipv4.unwrap().to_string(), "172.31.0.1/24");
    assert_eq!(gateway.ipv6.unwrap().to_string(), "auto");
    let on_it = lab
        .links
        .values()
        .filter(|link| link.b == End::Network(*id));
    assert_eq!(on_it.count(), 1, "r1 has network-mode none");
    let eth0 = &node(&lab, "r2").interfaces[&model::IfaceIndex::FIRST];
    assert_eq!((eth0.name.as_str(), eth0.mtu), ("eth0", Some(1400)));
    assert_eq!(eth0.addresses[0].0.to_string(), "172.31.0.12/24");
}

#[test]
fn every_loss_says_where_what_it_means_and_what_to_do() {
    let lines: Vec<String> = import(TOPOLOGY)
        .unwrap()
        .losses
        .iter()
        .map(ToString::to_string)
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn over_the_hosts_own_programs_it_is_as_before() {
    let read = import_with(TOPOLOGY, |options| options.as_netns = true).unwrap();
    let NodeKind::Netns(settings) = &node(&read.lab, "r2").kind else {
        panic!("r2 runs over this host's programs")
    };
    assert_eq!(node(&read.lab, "r2").template, "frr");
    assert_eq!(settings.files["/etc/frr/daemons"].content, "bgpd=yes\n");
    assert_eq!(settings.exec.len(), 3);
    assert!(
        settings.binds.is_empty(),
        "/lib/modules is no place of a netns node"
    );
    assert!(
        read.lab
            .networks
            .values()
            .all(|network| network.gateway.is_none())
    );
    let lines: Vec<String> = read.losses.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_kind_that_does_not_run_here_is_kept_with_all_its_keys() {
    let text = r#"
name: x
topology:
  kinds: {nokia_srlinux: {image: srl, env: {A: 1}, exec: [a]}}
  nodes:
    a:
      kind: nokia_srlinux
      type: 5132
      exec: [b]
      env: {B: 2}
      license: l
      components: [{slot: A, type: cpm}]
      mgmt-ipv4: 172.20.20.5
    b: {kind: cisco_iol}
  links:
    - endpoints: ["a:ethernet-1/1", "b:Ethernet0/1"]
    - endpoints: ["a:e1-2", "b:eth2"]
    - endpoints: ["a:mgmt/weird:name", "b:too/long/a/name/for/the/kernel"]
"#;
    let read = import(text).unwrap();
    let a = node(&read.lab, "a");
    let NodeKind::Other(kept) = &a.kind else {
        panic!("no SR Linux runs here")
    };
    assert_eq!(
        serde_json::to_value(kept).unwrap(),
        serde_json::json!({
            "original": "nokia_srlinux", "type": 5132, "image": "srl", "exec": ["a", "b"],
            "env": {"A": 1, "B": 2}, "license": "l", "components": [{"slot": "A", "type": "cpm"}],
        })
    );
    let names: Vec<_> = a.interfaces.values().map(|eth| eth.name.as_str()).collect();
    assert_eq!(names, ["eth0", "e1-1", "e1-2", "mgmt-weird-name"]);
    let b = node(&read.lab, "b").interfaces.values();
    let names: Vec<_> = b.map(|eth| eth.name.as_str()).collect();
    assert_eq!(names, ["eth0", "eth1", "eth2", "too-long-a-name"]);
    assert_eq!(a.interfaces.values().next().unwrap().addresses.len(), 1);
    assert_eq!(read.losses.len(), 2, "{:?}", read.losses);
}

#[test]
fn what_real_files_have_is_read() {
    let text = r"
name: lenient
prefix: null
debug: false
mgmt: {}
topology:
  kinds: {linux: , srl: {type: 5132}}
  groups:
  nodes:
    a: {kind: srl, mgmt_ipv4: 172.20.20.9, extras: {k8s_kind: {deploy: {wait: 0s}}}}
    b:
      kind: linux
      image: x
      startup-config:
      publish: [tcp/8000]
      ports:
        - 2231:22
      stages:
        configure:
          exec:
            on-enter: [echo hello]
  links:
";
    let read = import(text).unwrap();
    assert_eq!(docker(&read.lab, "b").1.exec, ["echo hello"]);
    let mgmt = &node(&read.lab, "a").interfaces[&model::IfaceIndex::FIRST];
    assert_eq!(mgmt.addresses[0].0.to_string(), "172.20.20.9/24");
    let said: Vec<_> = read
        .losses
        .iter()
        .map(|loss| (&*loss.value, &*loss.cure))
        .collect();
    assert!(
        said.contains(&("2231:22", "nova-ve forward lenient/b:22")),
        "{said:?}"
    );
    assert_eq!(read.losses.len(), 3, "{said:?}");
}

#[test]
fn variables_come_only_with_the_import() {
    let text = "name: ${N:=lab}\ntopology:\n  nodes:\n    a: {kind: linux, image: \"$IMG:${TAG:-1}\", \
                exec: [\"echo $PATH\", \"echo $$PATH\"]}\n";
    let values: BTreeMap<String, String> = [("IMG".to_owned(), "alpine".to_owned())].into();
    let mut given = options();
    given.variables = &values;
    let read = read(text.as_bytes(), &given).unwrap();
    assert_eq!(read.lab.name, "lab");
    let settings = docker(&read.lab, "a").1;
    assert_eq!(settings.image, "alpine:1");
    assert_eq!(
        settings.exec,
        ["echo $PATH"],
        "both are the same command then"
    );
    assert_eq!(read.losses.len(), 1, "{:?}", read.losses);
    assert_eq!(read.losses[0].place.unwrap().line, 4);
    assert_eq!(
        (&*read.losses[0].value, &*read.losses[0].path),
        ("$PATH", "topology.nodes.a.exec[0]")
    );
}

#[test]
fn an_image_is_mapped_and_still_known_as_one_of_frr() {
    let map = ImageMap::parse("frr-ssh = local/router").unwrap();
    let text = "name: x\ntopology:\n  nodes:\n    a: {kind: linux, image: frr-ssh:latest}\n";
    let mut given = options();
    given.images = &map;
    let read = read(text.as_bytes(), &given).unwrap();
    let (a, settings) = docker(&read.lab, "a");
    assert_eq!(
        (&*settings.image, &*a.template),
        ("local/router", "frr-container")
    );
}

#[test]
fn the_drawing_beside_the_file_places_its_things() {
    let text = "name: x\ntopology:\n  nodes:\n    a: {kind: linux, labels: {graph-posX: 1, graph-posY: 1}}\n    \
                b: {kind: bridge}\n";
    let read = import_with(text, |options| options.file_name = "drawn.clab.yml").unwrap();
    assert_eq!(
        node(&read.lab, "a").position,
        model::Position { x: 7.0, y: 8.5 }
    );
    let bridge = read.lab.networks.values().next().unwrap();
    assert_eq!(bridge.position, model::Position { x: 1.0, y: 2.0 });
    let kinds: Vec<_> = read
        .lab
        .drawings
        .iter()
        .map(|drawing| drawing.kind.as_str())
        .collect();
    assert_eq!(kinds, ["ellipse", "text", "group"]);
    assert_eq!(
        read.lab.drawings[0].position,
        model::Position { x: 90.0, y: 95.0 }
    );
    assert!(
        read.losses
            .iter()
            .any(|loss| loss.value.contains("viewerSettings"))
    );
}

#[test]
fn a_lab_of_nodes_that_opt_out_has_no_management_network() {
    let text = "name: x\nmgmt: {network: m}\ntopology:\n  nodes:\n    a: {kind: linux, network-mode: none}\n";
    let read = import(text).unwrap();
    assert!(read.lab.networks.is_empty());
    assert_eq!(read.losses.len(), 1, "{:?}", read.losses);
    assert_eq!(read.losses[0].path, "mgmt.network");
}

#[test]
fn what_was_not_fetched_with_a_topology_is_lost_with_its_cure() {
    let text = "name: t\ntopology:\n  nodes:\n    a:\n      kind: linux\n      image: frr\n      \
                startup-config: a.conf\n      env-files: [env]\n      binds: [\"x:/x\"]\n";
    let read = import_with(text, |options| options.files = &|_| Bound::Elsewhere).unwrap();
    let cures = read
        .losses
        .iter()
        .filter(|loss| loss.cure.contains("git clone"));
    assert_eq!(cures.count(), 3, "{:#?}", read.losses);
}
