//! `docs/coming-from/containerlab.md` says of every key what becomes of it: here each is read, and the page must say
//! the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

use std::collections::{BTreeMap, BTreeSet};

use model::LabId;

use super::aliases::families;
use super::schema::{self, Shape};
use super::{Bound, Options, Read, read};

const PAGE: &str = include_str!("../../../../docs/coming-from/containerlab.md");

/// Values of each key of a node, none of which goes without saying.
const NODE: &[(&str, &[&str])] = &[
    ("kind", &["linux"]),
    ("group", &["g"]),
    ("type", &["x"]),
    ("image", &["b:1"]),
    ("image-pull-policy", &["Always"]),
    ("license", &["lic"]),
    ("startup-config", &["frr.conf", "https://example.net/x"]),
    ("startup-delay", &["5"]),
    ("enforce-startup-config", &["true"]),
    ("suppress-startup-config", &["true"]),
    ("auto-remove", &["true"]),
    ("restart-policy", &["on-failure"]),
    ("entrypoint", &["/bin/x"]),
    ("cmd", &["a b"]),
    ("user", &["1000"]),
    ("hostname", &["h"]),
    ("exec", &["[ls]"]),
    (
        "binds",
        &["[\"frr.conf:/x\"]", "[\"/etc/x:/x\"]", "[\"../x:/x\"]"],
    ),
    ("volumes", &["[/data]", "[\"n:/data\"]"]),
    ("tmpfs", &["{/t: size=1m}"]),
    ("env", &["{A: b}", "{__IMPORT_ENVS: true}"]),
    ("env-files", &["[env]"]),
    ("labels", &["{a: b}"]),
    ("sysctls", &["{net.ipv4.ip_forward: 1}", "{kernel.x: 1}"]),
    ("ports", &["[\"80:80\"]"]),
    ("publish", &["[tcp/80]"]),
    ("network-mode", &["none", "host", "\"container:x\""]),
    ("pid-mode", &["host"]),
    ("cgroupns-mode", &["host"]),
    ("cgroup-parent", &["x"]),
    ("runtime", &["podman"]),
    ("privileged", &["true"]),
    ("devices", &["[/dev/kvm]", "[\"/dev/a:/dev/b\"]"]),
    ("cap-add", &["[SYS_ADMIN]"]),
    ("security-opts", &["[\"apparmor=unconfined\"]"]),
    ("cpu", &["1.5"]),
    ("cpu-set", &["0-1"]),
    ("memory", &["1Gib"]),
    ("shm-size", &["64mb"]),
    ("mgmt-ipv4", &["172.20.20.5"]),
    ("mgmt-ipv6", &["\"3fff:172:20:20::5\""]),
    ("aliases", &["[x]"]),
    ("position", &["x"]),
    ("link-apply-mode", &["live"]),
    (
        "stages",
        &[
            "{create: {wait-for: [{node: b, stage: create}]}}",
            "{healthy: {exec: [{command: ls}]}}",
            "{create: {exec: [{command: ls, target: host}]}}",
        ],
    ),
    ("dns", &["{servers: [1.1.1.1]}"]),
    ("healthcheck", &["{test: [CMD, x]}"]),
    ("certificate", &["{issue: true}"]),
    ("config", &["{vars: {a: 1}}"]),
    ("credentials", &["{username: a}"]),
    ("username", &["a"]),
    ("password", &["a"]),
    ("extras", &["{srl-agents: [a]}"]),
    ("components", &["[{slot: A}]"]),
];

const MGMT: &[(&str, &[&str])] = &[
    ("network", &["x"]),
    ("bridge", &["br-x"]),
    ("ipv4-subnet", &["10.1.0.0/24", "auto"]),
    ("ipv6-subnet", &["\"fd01::/64\""]),
    ("ipv4-gw", &["10.1.0.1"]),
    ("ipv6-gw", &["\"fd01::1\""]),
    ("ipv4-range", &["10.1.0.0/25"]),
    ("ipv6-range", &["\"fd01::/65\""]),
    ("mtu", &["1400"]),
    ("external-access", &["false"]),
    ("skip-when-unused", &["true"]),
    ("driver-opts", &["{a: b}"]),
];

const LINKS: &[(&str, &str)] = &[
    (
        "veth",
        "endpoints: [{node: a, interface: eth1}, {node: b, interface: eth1}]",
    ),
    (
        "veth-stitch",
        "endpoints: [{node: a, interface: eth1}, {node: b, interface: eth1}]",
    ),
    (
        "mgmt-net",
        "endpoint: {node: a, interface: eth1}, host-interface: x",
    ),
    (
        "macvlan",
        "endpoint: {node: a, interface: eth1}, host-interface: enp0s1",
    ),
    (
        "host",
        "endpoint: {node: a, interface: eth1}, host-interface: x",
    ),
    (
        "vxlan",
        "endpoint: {node: a, interface: eth1}, remote: 10.0.0.1, vni: 7",
    ),
    (
        "vxlan-stitch",
        "endpoint: {node: a, interface: eth1}, remote: 10.0.0.1, vni: 7",
    ),
    ("dummy", "endpoint: {node: a, interface: eth1}"),
];

const KINDS: [&str; 6] = [
    "linux",
    "bridge",
    "ovs-bridge",
    "host",
    "ext-container",
    "nokia_srlinux",
];

fn files(path: &str) -> Bound {
    match path {
        "frr.conf" | "env" => Bound::file("A=b\n"),
        _ => Bound::Missing,
    }
}

fn read_text(text: &str) -> Read {
    let id: LabId = "11111111-2222-3333-4444-555555555555".parse().unwrap();
    read(text.as_bytes(), &Options::new(id, &files))
        .unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// `a` of image `frr` with this, and `b`.
fn lab(of_node: &str, above: &str, links: &str) -> Read {
    let kind = if of_node.starts_with("kind:") {
        ""
    } else {
        "kind: linux, "
    };
    let image = if of_node.starts_with("image:") {
        ""
    } else {
        "image: frr, "
    };
    read_text(&format!(
        "name: t\n{above}topology:\n  groups: {{g: {{}}}}\n  nodes:\n    a: {{{kind}{image}{of_node}}}\n    \
         b: {{kind: linux, image: x}}\n{links}"
    ))
}

/// What became of the values, in the page's words.
fn fate(reads: &[Read], is_kept: impl Fn(&Read) -> bool) -> &'static str {
    let lost = reads.iter().filter(|read| !read.losses.is_empty()).count();
    match lost {
        0 if reads.iter().any(is_kept) => "kept",
        0 => "taken over",
        lost if lost == reads.len() => "left out",
        _ => "partly",
    }
}

/// The rows of the page whose first cell is a word of code, below this heading: the word and the second cell.
fn rows(heading: &str) -> BTreeMap<&'static str, &'static str> {
    let section = PAGE
        .split("\n## ")
        .find(|section| section.starts_with(heading))
        .unwrap();
    let row = |line: &'static str| {
        let mut cells = line.strip_prefix("| `")?.split('|');
        Some((
            cells.next()?.trim().trim_end_matches('`'),
            cells.next()?.trim(),
        ))
    };
    section.lines().filter_map(row).collect()
}

fn names_of(shape: Shape) -> BTreeSet<&'static str> {
    match shape {
        Shape::Object(keys) => keys.iter().map(|(key, _)| *key).collect(),
        Shape::Free | Shape::Word | Shape::List(_) | Shape::Map(_) | Shape::Either(_) => {
            BTreeSet::new()
        }
    }
}

#[test]
fn the_page_says_of_every_key_of_a_node_what_becomes_of_it() {
    let tried: BTreeSet<&str> = NODE.iter().map(|(key, _)| *key).collect();
    assert_eq!(tried, names_of(schema::NODE));
    let is_kept = |key: &str, read: &Read| {
        let mut nodes = read.lab.nodes.values();
        let node = nodes.find(|node| node.name == "a").unwrap();
        super::top::kept(&node.extra, key).is_some()
    };
    let found: BTreeMap<&str, &str> = NODE
        .iter()
        .map(|(key, values)| {
            let reads: Vec<Read> = values
                .iter()
                .map(|value| lab(&format!("{key}: {value}"), "", ""))
                .collect();
            (*key, fate(&reads, |read| is_kept(key, read)))
        })
        .collect();
    assert_eq!(rows("Keys of a node"), found);
}

#[test]
fn the_page_says_of_every_key_of_the_management_network_what_becomes_of_it() {
    let Shape::Object(file) = schema::FILE else {
        panic!("a file has keys");
    };
    let (_, mgmt) = file.iter().find(|(key, _)| *key == "mgmt").unwrap();
    let tried: BTreeSet<&str> = MGMT.iter().map(|(key, _)| *key).collect();
    assert_eq!(tried, names_of(*mgmt));
    let found: BTreeMap<&str, &str> = MGMT
        .iter()
        .map(|(key, values)| {
            let with = |value: &&str| {
                let net = match *key {
                    "ipv4-gw" => "ipv4-subnet: 10.1.0.0/24, ",
                    "ipv6-gw" => "ipv6-subnet: \"fd01::/64\", ",
                    "bridge" => "network: x, ",
                    _ => "",
                };
                lab("", &format!("mgmt: {{{net}{key}: {value}}}\n"), "")
            };
            let reads: Vec<Read> = values.iter().map(with).collect();
            (*key, fate(&reads, |_| false))
        })
        .collect();
    assert_eq!(rows("The management network"), found);
}

#[test]
fn the_page_says_of_every_type_of_link_what_becomes_of_it() {
    let found: BTreeMap<&str, &str> = LINKS
        .iter()
        .map(|(kind, rest)| {
            let links = format!("  links:\n    - {{type: {kind}, {rest}}}\n");
            (*kind, fate(&[lab("", "", &links)], |_| false))
        })
        .collect();
    assert_eq!(rows("Links"), found);
}

#[test]
fn the_page_names_every_kind_that_is_more_than_kept_and_every_way_to_name_interfaces() {
    let kinds = rows("Kinds");
    for kind in KINDS {
        let known = kinds.keys().any(|row| *row == kind) || PAGE.contains(&format!("`{kind}`"));
        assert!(known, "{kind}");
    }
    for (kind, spelling) in families() {
        let named = format!("`{kind}`");
        let row = PAGE
            .lines()
            .find(|line| line.starts_with("| ") && line.contains(&named));
        let row = row.unwrap_or_else(|| panic!("{kind} has no row"));
        let says = spelling.is_empty() || row.contains(&format!("`{spelling}`"));
        assert!(says, "{row} is not of {spelling}");
    }
}
