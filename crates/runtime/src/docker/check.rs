//! What of a spec cannot be run as a container, all of it at once. What Docker itself refuses it says.

use std::path::Path;

use model::spec::{DockerSpec, DriverSpec, NodeSpec};

use super::gate;

/// The kernel's limit of a host name.
const HOSTNAME_BYTES: usize = 64;

pub fn problems(spec: &NodeSpec) -> Vec<String> {
    match &spec.driver {
        DriverSpec::Docker(docker) => docker_problems(docker),
        DriverSpec::Netns(_) | DriverSpec::CannotRun { .. } => {
            vec![format!("{} is no container", spec.driver.kind())]
        }
    }
}

fn docker_problems(spec: &DockerSpec) -> Vec<String> {
    let mut problems = Vec::new();
    if spec.image.is_empty() {
        problems.push("it names no image".into());
    }
    let hostname = &spec.hostname;
    let plain = hostname.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
    if hostname.is_empty() || hostname.len() > HOSTNAME_BYTES || !plain {
        problems.push(format!(
            "the host name {hostname:?} must be 1 to {HOSTNAME_BYTES} plain characters"
        ));
    }
    let binds = spec.host.binds.iter().map(|bind| &bind.target);
    let places = spec
        .files
        .keys()
        .chain(&spec.volumes)
        .chain(spec.tmpfs.keys());
    for path in places.chain(binds).filter(|path| is_taken(path)) {
        problems.push(format!("{path} is the driver's own place in a container"));
    }
    let consoles = spec
        .consoles
        .iter()
        .filter(|(_, console)| console.argv.is_empty());
    problems.extend(consoles.map(|(name, _)| format!("the console {name} names no program")));
    let words = spec.entrypoint.iter().chain(&spec.command).flatten();
    if words.chain(&spec.exec).any(|word| word.contains('\0')) {
        problems.push("a zero byte is in its program's arguments".into());
    }
    problems
}

/// The gate, and the files that a node's names are read from.
fn is_taken(path: &str) -> bool {
    let path = Path::new(path);
    path.starts_with(gate::INSIDE) || path == Path::new("/")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::spec::RunWish;

    use super::*;

    #[test]
    fn what_cannot_be_a_container_is_told_at_once() {
        let docker = DockerSpec {
            hostname: "a b".into(),
            volumes: ["/.nova-ve/gate".to_owned(), "/.nova-ver".to_owned()].into(),
            ..DockerSpec::default()
        };
        let spec = NodeSpec {
            name: "a".into(),
            run: RunWish::Off,
            wipe: 0,
            interfaces: BTreeMap::new(),
            driver: DriverSpec::Docker(Box::new(docker)),
        };
        assert_eq!(problems(&spec).len(), 3, "{:?}", problems(&spec));
    }
}
