//! Whether a spec is one that a host can be asked for. Pure.
//!
//! The server makes specs from valid labs, so that a problem found here is a server's mistake, or
//! not a server's spec at all. What would reach outside a node's own namespaces is looked for first.

use std::collections::BTreeSet;

use model::limits::INTERFACE_NAME_MAX_BYTES;
use model::spec::{DockerSpec, DriverSpec, LabSpec, LinkSpec, NetnsSpec, NodeSpec};
use model::validate::is_network_sysctl;
use model::{End, LabId};

/// Everything wrong with the spec, as sentences.
pub fn problems(lab: LabId, spec: &LabSpec) -> Vec<String> {
    let mut found = Vec::new();
    if spec.lab != lab {
        found.push(format!("the spec of lab {lab} names lab {}", spec.lab));
    }
    for node in spec.nodes.values() {
        let of_node = interface_problems(node)
            .into_iter()
            .chain(driver_problems(node));
        found.extend(of_node.map(|problem| format!("node {}: {problem}", node.name)));
    }
    let mut linked = BTreeSet::new();
    for (id, link) in &spec.links {
        let of_link = link_problems(spec, link, &mut linked);
        found.extend(
            of_link
                .into_iter()
                .map(|problem| format!("link {id}: {problem}")),
        );
    }
    found
}

fn interface_problems(node: &NodeSpec) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for interface in node.interfaces.values() {
        let name = interface.name.as_str();
        if !is_device_name(name) {
            found.push(format!("{name:?} is no name for an interface"));
        }
        if !names.insert(name) {
            found.push(format!("two interfaces are named {name}"));
        }
    }
    found
}

/// What the kernel takes as a device's name, and `lo` is its own.
fn is_device_name(name: &str) -> bool {
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_graphic() && b != b'/' && b != b':');
    plain
        && (1..=INTERFACE_NAME_MAX_BYTES).contains(&name.len())
        && !["lo", ".", ".."].contains(&name)
}

fn driver_problems(node: &NodeSpec) -> Vec<String> {
    match &node.driver {
        DriverSpec::Netns(netns) => netns_problems(netns),
        DriverSpec::Docker(docker) => docker_problems(docker),
        DriverSpec::CannotRun { .. } => Vec::new(),
    }
}

fn netns_problems(netns: &NetnsSpec) -> Vec<String> {
    let paths = netns.files.keys().chain(netns.dirs.keys());
    problems_of(netns.sysctls.keys(), paths)
}

fn docker_problems(docker: &DockerSpec) -> Vec<String> {
    let paths = docker.files.keys().chain(&docker.volumes);
    let targets = docker.host.binds.iter().map(|bind| &bind.target);
    let paths = paths.chain(docker.tmpfs.keys()).chain(targets);
    problems_of(docker.sysctls.keys(), paths)
}

fn problems_of<'a>(
    sysctls: impl Iterator<Item = &'a String>,
    paths: impl Iterator<Item = &'a String>,
) -> Vec<String> {
    let sysctls = sysctls
        .filter(|key| !is_network_sysctl(key))
        .map(|key| format!("the sysctl {key:?} is not of a node's own network"));
    let paths = paths
        .filter(|path| !is_plain_path(path))
        .map(|path| format!("{path:?} is no absolute path without `..`"));
    sysctls.chain(paths).collect()
}

fn is_plain_path(path: &str) -> bool {
    path.starts_with('/') && !path.contains('\0') && path.split('/').all(|part| part != "..")
}

fn link_problems(spec: &LabSpec, link: &LinkSpec, linked: &mut BTreeSet<End>) -> Vec<String> {
    let mut found = Vec::new();
    for end in [link.a, link.b] {
        let (exists, is_interface) = match end {
            End::Network(network) => (spec.networks.contains_key(&network), false),
            End::Interface { node, interface } => {
                let node = spec.nodes.get(&node);
                (
                    node.is_some_and(|node| node.interfaces.contains_key(&interface)),
                    true,
                )
            }
        };
        if !exists {
            found.push(format!("there is no {end}"));
        }
        if is_interface && !linked.insert(end) {
            found.push(format!("{end} has a link already"));
        }
    }
    let hidden = !matches!(
        (link.a, link.b),
        (End::Network(_), _) | (_, End::Network(_))
    );
    if hidden != link.network.is_some() {
        found.push("a hidden network belongs to a link of two interfaces, and only to that".into());
    }
    found
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::testing::{lab_id, triangle};

    #[test]
    fn a_lab_of_three_routers_has_no_problem() {
        assert_eq!(problems(lab_id(), &triangle()), Vec::<String>::new());
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut spec = triangle();
        let node = spec.nodes.values_mut().next().unwrap();
        node.interfaces.values_mut().next().unwrap().name = "a/b".into();
        let DriverSpec::Netns(netns) = &mut node.driver else {
            panic!("a netns node")
        };
        netns
            .sysctls
            .insert("kernel.core_pattern".into(), "|/bin/sh".into());
        netns.sysctls.insert("net.../kernel".into(), "1".into());
        let link = spec.links.values_mut().next().unwrap();
        link.a = link.b;
        let found = problems(lab_id(), &spec).join("\n");
        for part in [
            "\"a/b\"",
            "kernel.core_pattern",
            "net.../kernel",
            "has a link already",
        ] {
            assert!(found.contains(part), "{part} is not in: {found}");
        }
    }

    #[test]
    fn a_file_path_stays_in_the_node() {
        for (path, right) in [
            ("/etc/frr/frr.conf", true),
            ("/etc/../x", false),
            ("etc/x", false),
        ] {
            assert_eq!(is_plain_path(path), right, "{path}");
        }
    }

    #[test]
    fn the_spec_of_another_lab_is_refused() {
        let other = LabId(uuid::Uuid::from_u128(99));
        assert_eq!(problems(other, &triangle()).len(), 1);
    }
}
