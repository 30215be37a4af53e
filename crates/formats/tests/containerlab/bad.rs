//! What no topology file should be, and what a stranger's may try.

use std::fmt::Write;

use crate::common::{docker, import, import_with};
use formats::{FormatError, Loss};
use model::reach::{Answer, Reach};
use model::{Lab, NodeKind};

#[track_caller]
fn refused(text: &str, words: &str) {
    let error = import(text).unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
}

fn with_node(yaml: &str) -> String {
    format!("name: x\ntopology:\n  nodes:\n    a: {yaml}\n    b: {{kind: linux}}\n")
}

fn with_links(links: &str) -> String {
    format!("{}  links:\n{links}", with_node("{kind: linux}"))
}

#[test]
fn a_broken_file_is_refused_with_the_place() {
    refused("", "the file is empty");
    refused("[1, 2]", "must be keys with values");
    refused("name: x\n", "no `topology:`");
    refused("topology: {}\n", "no `name:`");
    refused("name: x\ntopology:\n\tnodes:", "line 3");
    refused(
        "name: x\ntopology:\n  nodes:\n    a: {kind: linux}\n    a: {kind: linux}\n",
        "line 5, column 5: the key \"a\" is there twice",
    );
    refused(
        "name: {{ .Name }}\n",
        "line 1, column 7: this is a Go template",
    );
    assert!(import("# {{ not one }}\nname: x\ntopology: {nodes: {a: {kind: linux}}}\n").is_ok());
    refused("name: \u{1}", "line 1");
    let bytes = formats::containerlab::read(b"name: \xff", &crate::common::options());
    assert!(bytes.unwrap_err().to_string().contains("line 1, column 7"));
}

#[test]
fn a_wrong_value_is_refused_at_its_line() {
    refused(
        &with_node("{}"),
        "line 4, column 5: topology.nodes.a: the node has no kind",
    );
    refused(
        &with_node("5"),
        "topology.nodes.a: the value of \"a\" must be keys",
    );
    for (yaml, words) in [
        (
            "exec: {a: b}",
            "nodes.a.exec: the value of \"exec\" must be a list",
        ),
        ("binds: [x]", "not source:target"),
        ("env: [a]", "must be keys with values"),
        ("image: [a]", "must be one word"),
        ("cpu: many", "must be a number of processors"),
        ("memory: much", "is no size"),
        ("startup-delay: -1", "a number of seconds"),
        ("privileged: maybe", "true or false"),
        ("image-pull-policy: Sometimes", "Always, Never"),
        ("restart-policy: often", "unless-stopped"),
        ("cmd: 'a \"b'", "a quote that is not closed"),
        ("stages: {begin: {}}", "no stage \"begin\""),
        (
            "stages: {create: {wait-for: [{node: z, stage: create}]}}",
            "no node of the file",
        ),
        (
            "stages: {create: {wait-for: [{node: b, stage: done}]}}",
            "is no stage",
        ),
        ("mgmt-ipv4: 10.0.0.300", "is no address"),
        // Told by the model, at the line that the setting comes from.
        (
            "image: -x",
            "line 4, column 22: topology.nodes.a.image: the image",
        ),
        ("env: {A-B: 1}", "topology.nodes.a.env"),
        ("cap-add: [a b]", "topology.nodes.a.cap-add"),
        (
            "healthcheck: {test: [curl]}",
            "topology.nodes.a.healthcheck",
        ),
        ("memory: 1mb", "topology.nodes.a.memory"),
        (
            "stages: {create: {wait-for: [{node: a, stage: create}]}}",
            "waits for itself",
        ),
    ] {
        refused(&with_node(&format!("{{kind: linux, {yaml}}}")), words);
        refused(&with_node(&format!("{{kind: linux, {yaml}}}")), "line 4");
    }
    refused(
        "name: x\nmgmt: {ipv4-subnet: 10.0.0.0/31}\ntopology: {nodes: {a: {kind: linux}}}",
        "line 2",
    );
    refused(
        "name: x\ntopology: {nodes: {A: {kind: linux}, a: {kind: linux}}}",
        "case does not count",
    );
}

#[test]
fn a_link_that_leads_nowhere_is_refused() {
    for (ends, words) in [
        (r#"["a:eth1", "c:eth1"]"#, "no node \"c\""),
        (r#"["a:eth1"]"#, "two endpoints, not 1"),
        (r#"["a:eth1", "b"]"#, "node:interface"),
        (r#"["a:eth1", "a:eth1"]"#, "a link needs two"),
        (r#"["a:lo", "b:eth1"]"#, "the loopback's"),
    ] {
        refused(&with_links(&format!("    - endpoints: {ends}\n")), words);
    }
    let twice =
        "    - endpoints: [\"a:eth1\", \"b:eth1\"]\n    - endpoints: [\"a:eth1\", \"b:eth2\"]\n";
    refused(
        &with_links(twice),
        "a:eth1 is an end of the link in line 7 already",
    );
    refused(
        &with_links("    - {type: wire, endpoints: []}\n"),
        "no link of type \"wire\"",
    );
    refused(
        &with_links("    - {type: macvlan, endpoint: {node: a, interface: e}}\n"),
        "host-interface",
    );
    refused(&with_links("    - {type: dummy}\n"), "has an endpoint");
    refused(&with_links("    - 5\n"), "must be keys");
}

#[test]
fn what_cannot_be_taken_over_is_a_loss_with_a_cure() {
    for (yaml, words) in [
        ("binds: [binary:/x]", "is no text"),
        ("binds: [huge:/x]", "larger than 1 MiB"),
        ("binds: [endless:/x]", "folders in one another"),
        ("binds: [nothing:/x]", "does not lie beside the topology"),
        ("binds: [way:/x]", "over a symbolic link"),
        ("binds: [scripts/../../x:/x]", "outside of the lab's folder"),
        ("binds: [~/x:/x]", "outside of the lab's folder"),
        ("env-files: [../secrets]", "outside of the lab's folder"),
        ("env-files: [binary]", "is no text"),
        (
            "env: {__IMPORT_ENVS: true}",
            "never from a server's environment",
        ),
        ("startup-config: r2/frr.conf", "no place for it"),
        ("image: frr, startup-config: nothing", "does not lie beside"),
        ("license: x", "no licence"),
        ("aliases: [x]", "by its own name"),
        ("volumes: [shared:/x]", "the node's own"),
        ("dns: {servers: [nowhere]}", "by its address"),
        (
            "mgmt-ipv4: 10.0.0.1",
            "a node of 172.20.20.1/24 cannot have it",
        ),
        ("healthcheck: {interval: 5}", "asks nothing"),
        ("imag: x", "did you mean image?"),
        (
            "stages: {healthy: {exec: [{command: a}]}}",
            "not in this stage",
        ),
        (
            "stages: {configure: {wait-for: [{node: b, stage: create}]}}",
            "before it starts",
        ),
        ("runtime: podman", "the engine"),
    ] {
        let read = import(&with_node(&format!("{{kind: linux, {yaml}}}")));
        let losses = read
            .unwrap_or_else(|error| panic!("{yaml}: {error}"))
            .losses;
        let said: Vec<String> = losses.iter().map(ToString::to_string).collect();
        assert!(
            said.iter().any(|said| said.contains(words)),
            "{yaml}: {said:?}"
        );
        assert!(
            losses.iter().all(|loss| loss.place.unwrap().line == 4),
            "{yaml}: {said:?}"
        );
    }
}

/// What a topology asks of the host, one hostile file for each row of the table.
#[test]
fn whatever_reaches_the_host_is_asked_for_or_refused() {
    for reach in Reach::ALL {
        let (text, what) = hostile(reach);
        let read = import(&text).unwrap_or_else(|error| panic!("{reach:?}: {error}"));
        match reach.answer() {
            Answer::Asked { .. } => {
                assert!(asks(&read.lab, reach), "{reach:?}: {:?}", read.lab);
            }
            Answer::Never { instead } => {
                let is_told = |loss: &Loss| loss.cure == instead && loss.consequence.contains(what);
                assert!(
                    read.losses.iter().any(is_told),
                    "{reach:?}: {:?}",
                    read.losses
                );
                assert!(!mentions(&read.lab, what), "{reach:?}: {:?}", read.lab);
            }
        }
    }
}

/// A file, and the word in it that must not come into the lab.
fn hostile(reach: Reach) -> (String, &'static str) {
    let node = |yaml: &str| with_node(&format!("{{kind: linux, {yaml}}}"));
    match reach {
        Reach::Bind => (node("binds: [/etc/shadow:/etc/shadow]"), ""),
        Reach::Device => (node("devices: [/dev/sda]"), ""),
        Reach::Capability => (node("cap-add: [SYS_MODULE]"), ""),
        Reach::SecurityOption => (node("security-opts: [seccomp=unconfined]"), ""),
        Reach::Privileged => (node("privileged: true"), ""),
        Reach::HostInterface => (
            with_links("    - endpoints: [a:eth1, macvlan:enp0s3]\n"),
            "",
        ),
        Reach::HostNamespace => (node("pid-mode: host, network-mode: host"), "pid-mode"),
        Reach::OtherContainer => (node("network-mode: 'container:postgres'"), "postgres"),
        Reach::HostLink => (
            with_links("    - endpoints: [a:eth1, 'host:tap7']\n"),
            "tap7",
        ),
        Reach::OutsideFile => (node("binds: [../../etc/shadow:/x]"), "shadow"),
        Reach::RemoteFile => (
            node("image: frr, startup-config: 'http://169.254.169.254/meta'"),
            "169.254.169.254",
        ),
        Reach::HostCommand => (
            node("stages: {create: {exec: [{command: rm -rf /srv, target: host}]}}"),
            "rm -rf",
        ),
    }
}

fn asks(lab: &Lab, reach: Reach) -> bool {
    let (_, settings) = docker(lab, "a");
    match reach {
        Reach::Bind => settings.binds[0].source == "/etc/shadow",
        Reach::Device => settings.devices.contains("/dev/sda"),
        Reach::Capability => settings.capabilities.contains("SYS_MODULE"),
        Reach::SecurityOption => settings.security_options.contains("seccomp=unconfined"),
        Reach::Privileged => settings.privileged,
        Reach::HostInterface => {
            let mut networks = lab.networks.values();
            networks.any(|network| network.uplink.as_deref() == Some("enp0s3"))
        }
        Reach::HostNamespace
        | Reach::OtherContainer
        | Reach::HostLink
        | Reach::OutsideFile
        | Reach::RemoteFile
        | Reach::HostCommand => false,
    }
}

fn mentions(lab: &Lab, what: &str) -> bool {
    serde_json::to_string(lab).unwrap().contains(what)
}

#[test]
fn links_of_every_type_that_leads_to_the_host_are_refused() {
    for (link, what) in [
        (
            "{type: host, endpoint: {node: a, interface: eth1}, host-interface: veth9}",
            "host:veth9",
        ),
        (
            "{type: vxlan, endpoint: {node: a, interface: eth1}, remote: 192.0.2.1, vni: 5}",
            "192.0.2.1",
        ),
        (
            "{type: vxlan-stitch, endpoint: {node: a, interface: eth1}, remote: 192.0.2.1}",
            "192.0.2.1",
        ),
    ] {
        let read = import(&with_links(&format!("    - {link}\n"))).unwrap();
        assert_eq!(read.losses.len(), 1, "{:?}", read.losses);
        assert!(read.losses[0].value.contains(what), "{:?}", read.losses);
        assert!(!mentions(&read.lab, what));
        let (a, _) = docker(&read.lab, "a");
        assert!(
            a.interfaces.values().any(|eth| eth.name == "eth1"),
            "the interface is there"
        );
    }
}

#[test]
fn secrets_of_a_file_are_in_no_loss_and_no_error() {
    let text = with_node("{kind: linux, env-files: [env], env: {A-B: 1}}");
    let error = import(&text).unwrap_err().to_string();
    assert!(!error.contains("s 3"), "{error}");
    let read = import(&with_node("{kind: linux, env-files: [env], imag: 1}")).unwrap();
    assert!(!format!("{:?}", read.losses).contains("s 3"));
}

#[test]
fn bombs_are_refused_quickly() {
    refused(&format!("name: {}", "[".repeat(100_000)), "line 1");
    let mut bomb = String::from("name: x\na0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    for n in 1..12 {
        let aliases = vec![format!("*a{}", n - 1); 9].join(",");
        writeln!(bomb, "a{n}: &a{n} [{aliases}]").unwrap();
    }
    refused(&bomb, "laid out");
    refused(&"#".repeat(100 << 20), "a lab has at most");
    refused(
        &format!("name: x\nb: {}", "$A".repeat(1 << 20)),
        "no `topology:`",
    );
}

/// What each of many nodes inherits would fill the memory.
#[test]
fn a_bomb_of_inheritance_is_refused_quickly() {
    let mut text = format!(
        "name: x\ntopology:\n  defaults: {{kind: linux, exec: [{}]}}\n  nodes:\n",
        "y".repeat(1 << 20)
    );
    for n in 0..1_000 {
        writeln!(text, "    n{n}:").unwrap();
    }
    refused(&text, "with what is inherited");
    let mut text = format!(
        "name: x\nx: &x {}\ntopology:\n  nodes:\n",
        "y".repeat(1 << 20)
    );
    for n in 0..1_000 {
        writeln!(text, "    n{n}: {{kind: linux, cmd: *x}}").unwrap();
    }
    refused(&text, "grows to");
    let mut text = String::from(
        "name: x\ntopology:\n  defaults: {kind: linux, binds: [big:/big]}\n  nodes:\n",
    );
    for n in 0..500 {
        writeln!(text, "    n{n}:").unwrap();
    }
    let big = |_: &str| formats::containerlab::Bound::file(vec![b'x'; 1 << 20]);
    let read = import_with_files(&text, &big).unwrap();
    let files = read.lab.nodes.values().map(|node| match &node.kind {
        NodeKind::Docker(settings) => settings.files.len(),
        NodeKind::Netns(_) | NodeKind::Other(_) => 0,
    });
    assert!(
        files.sum::<usize>() <= 8,
        "a lab of at most 16 MiB holds no more"
    );
}

fn import_with_files(
    text: &str,
    files: &dyn Fn(&str) -> formats::containerlab::Bound,
) -> Result<formats::containerlab::Read, FormatError> {
    let mut options = crate::common::options();
    options.files = files;
    formats::containerlab::read(text.as_bytes(), &options)
}

/// Nothing else is looked at: with this many links, each would cost more than the one before.
#[test]
fn more_links_than_a_lab_has_are_refused_at_once() {
    let mut text = String::from("name: huge\ntopology:\n  nodes: {a: {kind: linux}}\n  links:\n");
    for n in 0..40_000 {
        writeln!(text, "    - endpoints: [\"nowhere:eth{n}\", \"a:eth{n}\"]").unwrap();
    }
    refused(&text, "40000 links; at most 20000 are possible");
}

#[test]
fn a_second_document_is_named() {
    let text = with_node("{kind: linux}") + "---\nname: y\n";
    let losses = import(&text).unwrap().losses;
    assert_eq!(losses.len(), 1);
    assert_eq!(losses[0].place.unwrap().line, 6);
}

#[test]
fn anchors_and_merges_are_read_and_lost_once() {
    let text = "name: x\nx-common: &common {kind: linux, image: alpine, ports: ['1:2']}\ntopology:\n  nodes:\n    \
                a: {<<: *common, image: busybox}\n    b: *common\n";
    let read = import(text).unwrap();
    assert_eq!(docker(&read.lab, "a").1.image, "busybox");
    assert_eq!(docker(&read.lab, "b").1.image, "alpine");
    let lines: Vec<_> = read
        .losses
        .iter()
        .map(|loss| loss.place.unwrap().line)
        .collect();
    assert_eq!(
        lines,
        [2, 2],
        "the foreign key, and the port: {:?}",
        read.losses
    );
}

/// Each value of a file that uses much, replaced by values of every other kind.
#[test]
fn wrong_types_everywhere_are_a_fault_or_a_loss_with_a_line() {
    let text = include_str!("everything.clab.yml");
    import(text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for (n, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(": ") else {
            continue;
        };
        for value in [
            "[1, {a: b}]",
            "{a: [1], b: ~}",
            "5",
            "~",
            "yes",
            "\"\"",
            "[[]]",
            "-1",
        ] {
            let changed = format!("{key}: {value}");
            let mut lines = lines.clone();
            lines[n] = &changed;
            for as_netns in [false, true] {
                let read = import_with(&lines.join("\n"), |options| options.as_netns = as_netns);
                match read {
                    Ok(read) => assert!(read.losses.iter().all(|loss| loss.place.is_some())),
                    Err(error) => {
                        assert!(error.to_string().contains("line "), "{changed}: {error}");
                    }
                }
            }
        }
    }
}

/// The same is asked of every sample; this file is always here.
#[test]
fn an_unknown_key_anywhere_in_a_file_of_everything_is_one_loss_at_its_line() {
    let text = include_str!("everything.clab.yml");
    let before = import(text).unwrap().losses.len();
    let places = crate::places::places(text);
    assert!(places.len() > 100, "{}", places.len());
    for (line, changed) in places {
        for as_netns in [false, true] {
            let read = import_with(&changed, |options| options.as_netns = as_netns);
            let losses = read
                .unwrap_or_else(|error| panic!("line {line}: {error}"))
                .losses;
            let is_new = |loss: &&Loss| loss.path.ends_with("nova_unknown");
            let news: Vec<&Loss> = losses.iter().filter(is_new).collect();
            assert_eq!(news.len(), 1, "line {line}: {news:?}");
            assert_eq!(news[0].place.unwrap().line, line);
            assert!(as_netns || losses.len() == before + 1, "line {line}");
        }
    }
}

/// What falls through to the end of the books is a key that a reader forgot.
#[test]
fn no_key_of_containerlab_is_forgotten() {
    for as_netns in [false, true] {
        let text = include_str!("everything.clab.yml");
        let read = import_with(text, |options| options.as_netns = as_netns).unwrap();
        let forgotten = |loss: &&Loss| loss.consequence.contains("does not read it");
        let forgotten: Vec<&Loss> = read.losses.iter().filter(forgotten).collect();
        assert!(forgotten.is_empty(), "{forgotten:?}");
    }
}

/// Taken over means that it matters: with another value the lab or its losses are others. Of these, two say what
/// goes without saying, and two are of a link that is lost as a whole.
#[test]
fn a_value_that_is_taken_over_matters() {
    let text = include_str!("everything.clab.yml");
    let before = import(text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut without_effect = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let Some((key, value)) = line.split_once(": ") else {
            continue;
        };
        let changed = match value {
            "true" => format!("{key}: false"),
            "false" => format!("{key}: true"),
            _ if value.starts_with(['[', '{', '"']) => continue,
            _ => format!("{key}: {value}1"),
        };
        let mut lines = lines.clone();
        lines[n] = &changed;
        if import(&lines.join("\n")).is_ok_and(|read| read == before) {
            without_effect.push(key.trim_start_matches([' ', '-']));
        }
    }
    let expected = [
        "skip-when-unused",
        "enforce-startup-config",
        "vni",
        "dst-port",
    ];
    assert_eq!(without_effect, expected);
}
