//! What is wrong with the settings of a `docker` node.

use std::collections::BTreeMap;

use super::{Found, netns, text};
use crate::id::NodeId;
use crate::lab::{Bind, Dns, DockerNode, Healthcheck, Lab, Resources, Ulimit};
use crate::limits;

pub fn check(at: &str, settings: &DockerNode, found: &mut Found) {
    if let Some(wrong) = crate::image::wrong_image(&settings.image) {
        let message = format!("the image {:?} {wrong}", settings.image);
        found.add(&format!("{at}/image"), "image_odd", message);
    }
    let max = limits::NODE_NAME_MAX_CHARS;
    if let Some(wrong) = text::wrong_hostname(&settings.hostname, max) {
        let message = format!("the host name {:?} {wrong}", settings.hostname);
        found.add(&format!("{at}/hostname"), "hostname_odd", message);
    }
    netns::check_routing(at, &settings.gateways, &settings.routes, found);
    netns::check_env(&format!("{at}/env"), &settings.env, found);
    netns::check_files(&format!("{at}/files"), &settings.files, found);
    check_places(at, settings, found);
    check_binds(&format!("{at}/binds"), &settings.binds, found);
    check_sysctls(&format!("{at}/sysctls"), &settings.sysctls, found);
    check_ulimits(&format!("{at}/ulimits"), &settings.ulimits, found);
    check_resources(&format!("{at}/resources"), &settings.resources, found);
    check_dns(&format!("{at}/dns"), &settings.dns, found);
    if let Some(check) = &settings.healthcheck {
        check_health(&format!("{at}/healthcheck"), check, found);
    }
    check_programs(at, settings, found);
    check_asks(at, settings, found);
}

/// What each node waits for is in the lab, and nobody waits for himself, over others neither.
pub fn check_order(lab: &Lab, after: &BTreeMap<NodeId, Vec<NodeId>>, found: &mut Found) {
    for (&id, others) in after {
        let at = format!("nodes/{id}/settings/after");
        for other in others {
            if !lab.nodes.contains_key(other) {
                let message = format!("it waits for node {other}, which is not in the lab");
                found.add(&at, "no_such_node", message);
            }
        }
        if waits_for_itself(id, after) {
            let message = "it waits for itself, by way of what the others wait for";
            found.add(&at, "waits_for_itself", message);
        }
    }
}

fn waits_for_itself(id: NodeId, after: &BTreeMap<NodeId, Vec<NodeId>>) -> bool {
    let mut seen = std::collections::BTreeSet::new();
    let mut open: Vec<NodeId> = after.get(&id).cloned().unwrap_or_default();
    while let Some(next) = open.pop() {
        if next == id {
            return true;
        }
        if seen.insert(next) {
            open.extend(after.get(&next).into_iter().flatten());
        }
    }
    false
}

/// Folders of its own that the node gets.
fn check_places(at: &str, settings: &DockerNode, found: &mut Found) {
    let kinds = [
        ("volumes", settings.volumes.iter().collect::<Vec<_>>()),
        ("tmpfs", settings.tmpfs.keys().collect()),
    ];
    for (what, paths) in kinds {
        let at = format!("{at}/{what}");
        found.count(&at, what, paths.len(), limits::BINDS_MAX);
        for path in paths {
            if let Some(wrong) = netns::wrong_path(path) {
                found.add(&at, "path_odd", format!("the path {path:?} {wrong}"));
            }
        }
    }
    let options = settings.tmpfs.values();
    for option in options.filter(|option| option.len() > 255 || option.contains(char::is_control)) {
        let message = format!("{option:?} are no mount options");
        found.add(&format!("{at}/tmpfs"), "text_odd", message);
    }
}

/// A container has its whole tree to itself, so any place in it will do but its root.
fn check_binds(at: &str, binds: &[Bind], found: &mut Found) {
    found.count(at, "binds", binds.len(), limits::BINDS_MAX);
    let mut targets = std::collections::BTreeSet::new();
    for bind in binds {
        for path in [&bind.source, &bind.target] {
            if let Some(wrong) = netns::wrong_path(path) {
                found.add(at, "bind_odd", format!("the path {path:?} {wrong}"));
            }
        }
        if !targets.insert(&bind.target) {
            let message = format!("two binds are at {:?}; keep one", bind.target);
            found.add(at, "bind_odd", message);
        }
    }
}

fn check_sysctls(at: &str, sysctls: &BTreeMap<String, String>, found: &mut Found) {
    found.count(at, "sysctls", sysctls.len(), limits::ENV_MAX);
    for (key, value) in sysctls {
        if !is_network_sysctl(key) {
            let message = format!(
                "{key:?} is not a setting of a node's own network; only those that begin with net. are"
            );
            found.add(at, "sysctl_odd", message);
        }
        let bytes = value.len();
        found.bytes(&format!("{at}/{key}"), "the value", bytes, 255);
        netns::check_no_nul(&format!("{at}/{key}"), value, found);
    }
}

/// Also asked by the agent, which trusts no server to have asked.
pub fn is_network_sysctl(key: &str) -> bool {
    key.starts_with("net.")
        && key.split('.').all(|part| !part.is_empty())
        && !key.contains(['/', '\0'])
}

fn check_ulimits(at: &str, ulimits: &BTreeMap<String, Ulimit>, found: &mut Found) {
    for (name, ulimit) in ulimits {
        text::check_word(at, name, found);
        let above = ulimit.hard >= 0 && (ulimit.soft > ulimit.hard || ulimit.soft < 0);
        if above || ulimit.soft < -1 || ulimit.hard < -1 {
            let message = format!("{name}: the soft limit is between 0 and the hard one, or -1");
            found.add(at, "ulimit_odd", message);
        }
    }
}

/// Docker's own least is 6 MiB of memory.
fn check_resources(at: &str, resources: &Resources, found: &mut Found) {
    let cpus = resources.cpus.unwrap_or(1.0);
    if !(0.01..=1024.0).contains(&cpus) {
        let message = format!("{cpus} processors; from 0.01 to 1024 are possible");
        found.add(at, "resources_odd", message);
    }
    let is_set = |b: u8| b.is_ascii_digit() || b == b'-' || b == b',';
    if resources.cpu_set.len() > 255 || !resources.cpu_set.bytes().all(is_set) {
        let message = format!("{:?} are no processors, like 0-3,5", resources.cpu_set);
        found.add(at, "resources_odd", message);
    }
    if resources.memory_bytes.is_some_and(|bytes| bytes < 6 << 20) {
        found.add(at, "resources_odd", "a container needs 6 MiB of memory");
    }
    if resources.pids == Some(0) {
        found.add(at, "resources_odd", "a container needs one process");
    }
}

fn check_dns(at: &str, dns: &Dns, found: &mut Found) {
    for (what, words) in [("search", &dns.search), ("options", &dns.options)] {
        found.count(at, what, words.len(), 32);
        let odd = |word: &&String| {
            word.is_empty() || word.len() > 255 || !word.bytes().all(|b| b.is_ascii_graphic())
        };
        if let Some(word) = words.iter().find(odd) {
            let message = format!("{word:?} cannot stand in a resolv.conf");
            found.add(at, "dns_odd", message);
        }
    }
    found.count(at, "servers", dns.servers.len(), 8);
}

fn check_health(at: &str, check: &Healthcheck, found: &mut Found) {
    let known = ["NONE", "CMD", "CMD-SHELL"];
    let first = check.test.first().map_or("", String::as_str);
    if !known.contains(&first) {
        let message = format!("the test begins with one of {}", known.join(", "));
        found.add(at, "healthcheck_odd", message);
    }
    check_argv(at, &check.test, found);
}

fn check_programs(at: &str, settings: &DockerNode, found: &mut Found) {
    for (what, argv) in [
        ("entrypoint", &settings.entrypoint),
        ("command", &settings.command),
    ] {
        let argv = argv.as_deref().unwrap_or_default();
        check_argv(&format!("{at}/{what}"), argv, found);
    }
    let at = format!("{at}/exec");
    let lines = &settings.exec;
    found.count(&at, "commands", lines.len(), limits::EXEC_MAX);
    for (n, line) in lines.iter().enumerate() {
        netns::check_command(&format!("{at}/{n}"), line, found);
    }
}

fn check_argv(at: &str, argv: &[String], found: &mut Found) {
    found.count(at, "arguments", argv.len(), limits::ARGUMENTS_MAX);
    for argument in argv {
        netns::check_command(at, argument, found);
    }
}

fn check_asks(at: &str, settings: &DockerNode, found: &mut Found) {
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    for name in &settings.capabilities {
        if name.is_empty() || name.starts_with("CAP_") || !name.bytes().all(upper) {
            let message = format!("{name:?} is no capability, like SYS_ADMIN");
            found.add(&format!("{at}/capabilities"), "capability_odd", message);
        }
    }
    for path in &settings.devices {
        if netns::wrong_path(path).is_some() || !path.starts_with("/dev/") {
            let message = format!("{path:?} is no device, like /dev/net/tun");
            found.add(&format!("{at}/devices"), "device_odd", message);
        }
    }
    for option in &settings.security_options {
        if option.is_empty() || option.len() > 255 || !option.bytes().all(|b| b.is_ascii_graphic())
        {
            let message = format!("{option:?} is no security option, like seccomp=unconfined");
            found.add(&format!("{at}/security_options"), "security_odd", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(settings: &DockerNode) -> Vec<String> {
        let mut found = Found::default();
        check("settings", settings, &mut found);
        found.0.into_iter().map(|problem| problem.code).collect()
    }

    #[test]
    fn what_docker_would_refuse_later_is_refused_now() {
        assert_eq!(codes(&DockerNode::default()), Vec::<String>::new());
        let one = |key: &str| BTreeMap::from([(key.to_owned(), "1".to_owned())]);
        let cases = [
            (
                DockerNode {
                    sysctls: one("kernel.core_pattern"),
                    ..DockerNode::default()
                },
                "sysctl_odd",
            ),
            (
                DockerNode {
                    tmpfs: one("tmp"),
                    ..DockerNode::default()
                },
                "path_odd",
            ),
            (
                DockerNode {
                    devices: ["/etc/shadow".to_owned()].into(),
                    ..DockerNode::default()
                },
                "device_odd",
            ),
            (
                DockerNode {
                    capabilities: ["CAP_NET_ADMIN".to_owned()].into(),
                    ..DockerNode::default()
                },
                "capability_odd",
            ),
            (
                DockerNode {
                    resources: Resources {
                        memory_bytes: Some(1 << 20),
                        ..Resources::default()
                    },
                    ..DockerNode::default()
                },
                "resources_odd",
            ),
            (
                DockerNode {
                    healthcheck: Some(Healthcheck::default()),
                    ..DockerNode::default()
                },
                "healthcheck_odd",
            ),
        ];
        for (settings, code) in cases {
            assert_eq!(codes(&settings), [code]);
        }
    }

    #[test]
    fn nobody_waits_for_himself() {
        let id = |n: u64| NodeId::try_from(n).expect("in range");
        let after = BTreeMap::from([
            (id(1), vec![id(2)]),
            (id(2), vec![id(3)]),
            (id(3), vec![id(1)]),
            (id(4), vec![id(1)]),
        ]);
        assert!(waits_for_itself(id(2), &after));
        assert!(!waits_for_itself(id(4), &after));
    }
}
