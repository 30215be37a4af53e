//! What of a spec cannot be run as a `netns` node, all of it at once.

use std::collections::BTreeSet;

use model::spec::{DriverSpec, HostAsks, NetnsSpec, NodeSpec};
use model::validate::wrong_target;

use super::launcher::sysctl_path;

/// The kernel's limit of a host name.
const HOSTNAME_BYTES: usize = 64;

pub fn problems(spec: &NodeSpec) -> Vec<String> {
    match &spec.driver {
        DriverSpec::Netns(netns) => netns_problems(netns),
        DriverSpec::Docker(_) | DriverSpec::CannotRun { .. } => {
            let kind = spec.driver.kind();
            vec![format!(
                "{kind} cannot run here: nothing on this host runs it"
            )]
        }
    }
}

fn netns_problems(spec: &NetnsSpec) -> Vec<String> {
    let hostname = bad_hostname(&spec.hostname).map(|name| {
        format!("the host name {name:?} must be 1 to {HOSTNAME_BYTES} plain characters")
    });
    let sysctls = spec.sysctls.keys();
    let sysctls = sysctls.filter(|key| sysctl_path(key).is_none());
    let paths = spec.files.keys().chain(spec.dirs.keys());
    let paths = paths.filter(|path| !is_plain_path(path));
    let variables = spec.env.keys();
    let variables = variables.filter(|key| key.is_empty() || key.contains(['=', '\0']));
    let consoles = spec.consoles.iter();
    let consoles = consoles.filter(|(_, console)| console.argv.is_empty());
    hostname
        .into_iter()
        .chain(sysctls.map(|key| format!("sysctl {key}: only net.* belongs to a node")))
        .chain(paths.map(|path| format!("the path {path:?} must begin with / and have no `..`")))
        .chain(variables.map(|key| format!("the environment variable {key:?} cannot be set")))
        .chain(consoles.map(|(name, _)| format!("the console {name} names no program")))
        .chain(host_problems(&spec.host))
        .chain(process_problems(spec))
        .collect()
}

/// A node in namespaces of its own has nothing to be privileged about.
fn host_problems(asks: &HostAsks) -> Vec<String> {
    let targets = asks.binds.iter();
    let targets = targets.filter_map(|bind| wrong_target(&bind.target));
    let devices = asks.devices.iter();
    let devices = devices.filter(|path| !path.starts_with("/dev/") || !is_plain_path(path));
    let mut problems: Vec<String> = targets
        .chain(devices.map(|path| format!("{path:?} is no device's path")))
        .collect();
    if asks.privileged || !asks.capabilities.is_empty() {
        let words = "a netns node has no use for more capabilities: they end at its namespaces";
        problems.push(words.into());
    }
    problems
}

fn bad_hostname(name: &str) -> Option<&str> {
    let plain = name.chars().all(|c| c.is_ascii_graphic() && c != '/');
    (name.is_empty() || name.len() > HOSTNAME_BYTES || !plain).then_some(name)
}

fn process_problems(spec: &NetnsSpec) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut problems = Vec::new();
    for process in &spec.processes {
        let name = &process.name;
        if name.is_empty() || name.starts_with('.') {
            problems.push(format!("{name:?} cannot be the name of a process"));
        }
        if !seen.insert(name) {
            problems.push(format!("two processes have the name {name}"));
        }
        if process.argv.first().is_none_or(String::is_empty) {
            problems.push(format!("the process {name} names no program"));
        }
        if process.argv.iter().any(|word| word.contains('\0')) {
            problems.push(format!(
                "the process {name} has a zero byte in its arguments"
            ));
        }
    }
    problems
}

fn is_plain_path(path: &str) -> bool {
    path.starts_with('/') && !path.contains('\0') && path.split('/').all(|part| part != "..")
}
