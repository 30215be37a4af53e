//! A `linux` node as a container.

mod asks;
pub mod env;
mod health;
mod network;
mod resources;
mod rest;
pub mod run;
mod stages;
mod startup;
mod storage;

use model::lab::{DockerNode, OnEnd, PullPolicy, RestartPolicy};
use model::{Node, NodeKind};

use super::binds::{self, Gathered};
use super::levels::Def;
use super::reading::{Reading, text};

pub use rest::KEPT_KEYS;
pub use stages::add_waits;

/// Whether the node is on the management network.
pub fn fill(def: &Def<'_>, at: &str, node: &mut Node, reading: &mut Reading<'_>) -> bool {
    name_origins(def, at, reading);
    let image = image(def, reading);
    let frr = is_frr(&image.0) || is_frr(&image.1);
    node.template = if frr { "frr-container" } else { "container" }.into();
    let mut gathered = Gathered::default();
    binds::read(def, &mut gathered, reading);
    gathered.allowed = gathered.binds.drain(..).map(|(bind, _)| bind).collect();
    startup::place(def, frr, &mut gathered, reading);
    let (managed, sysctls) = (
        network::is_managed(def, reading),
        network::sysctls(def, reading),
    );
    let mut settings = DockerNode {
        image: image.1,
        pull: pull(def, reading),
        hostname: run::hostname(def, reading),
        user: run::word(def, "user", reading),
        entrypoint: run::program(def, "entrypoint", reading),
        command: run::program(def, "cmd", reading),
        env: env::read(def, reading),
        files: std::mem::take(&mut gathered.files),
        volumes: storage::volumes(def, &gathered.volumes, reading),
        tmpfs: storage::tmpfs(def, reading),
        sysctls,
        resources: resources::read(def, reading),
        dns: network::dns(def, reading),
        healthcheck: health::read(def, reading),
        start_delay_s: run::start_delay(def, reading),
        restart: restart(def, reading),
        exec: stages::exec(def, reading),
        binds: gathered.allowed,
        ..DockerNode::default()
    };
    asks::read(def, &mut settings, reading);
    rest::keep_or_lose(def, node, reading);
    node.kind = NodeKind::Docker(Box::new(settings));
    managed
}

/// An image of FRR, by any part of its name: `frrouting/frr`, `frr-ssh:latest`, `nova-ve/frr`.
pub fn is_frr(image: &str) -> bool {
    let parts = image.split(['/', ':', '-', '_', '.', '@']);
    parts
        .map(str::to_lowercase)
        .any(|part| part.starts_with("frr"))
}

/// The image as the file has it, and as it is mapped.
fn image(def: &Def<'_>, reading: &mut Reading<'_>) -> (String, String) {
    let Some(image) = def.first("image", &mut reading.ledger) else {
        return (String::new(), String::new());
    };
    let written = text(image).trim().to_owned();
    let mapped = reading.options.images.map(&written);
    let mapped = mapped.unwrap_or(&written).to_owned();
    (written, mapped)
}

fn pull(def: &Def<'_>, reading: &mut Reading<'_>) -> PullPolicy {
    let Some(node) = def.first("image-pull-policy", &mut reading.ledger) else {
        return PullPolicy::Missing;
    };
    match text(node).to_lowercase().as_str() {
        "always" => PullPolicy::Always,
        "never" => PullPolicy::Never,
        "ifnotpresent" => PullPolicy::Missing,
        other => {
            let message = format!("{other:?} must be Always, Never or IfNotPresent");
            reading.ledger.wrong(node, "word_odd", message);
            PullPolicy::Missing
        }
    }
}

/// containerlab's `linux` nodes are started again whenever they end, unless the file says otherwise.
fn restart(def: &Def<'_>, reading: &mut Reading<'_>) -> OnEnd {
    let Some(node) = def.first("restart-policy", &mut reading.ledger) else {
        return OnEnd(RestartPolicy::Always);
    };
    match text(node).to_lowercase().as_str() {
        "always" | "unless-stopped" => OnEnd(RestartPolicy::Always),
        "on-failure" => OnEnd(RestartPolicy::OnFailure),
        "no" | "false" => OnEnd(RestartPolicy::Never),
        other => {
            let message = format!("{other:?} must be no, on-failure, always or unless-stopped");
            reading.ledger.wrong(node, "word_odd", message);
            OnEnd::default()
        }
    }
}

/// So that a problem of a setting is told at the line that sets it.
fn name_origins(def: &Def<'_>, at: &str, reading: &mut Reading<'_>) {
    let settings = [
        ("image", "image"),
        ("hostname", "hostname"),
        ("entrypoint", "entrypoint"),
        ("command", "cmd"),
        ("env", "env"),
        ("files", "binds"),
        ("binds", "binds"),
        ("volumes", "volumes"),
        ("tmpfs", "tmpfs"),
        ("sysctls", "sysctls"),
        ("dns", "dns"),
        ("healthcheck", "healthcheck"),
        ("exec", "exec"),
        ("devices", "devices"),
        ("capabilities", "cap-add"),
        ("security_options", "security-opts"),
        ("after", "stages"),
        ("resources", "memory"),
    ];
    for (setting, key) in settings {
        if let Some(node) = def.first(key, &mut reading.ledger) {
            reading.comes_from(format!("{at}/{setting}"), node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_frr;

    #[test]
    fn an_image_of_frr_is_known_by_its_name() {
        for image in [
            "frr-ssh:latest",
            "quay.io/frrouting/frr:10.2.1",
            "nova-ve/frr",
            "my_frr",
        ] {
            assert!(is_frr(image), "{image}");
        }
        for image in ["alpine", "ghcr.io/rare-freertr/freertr:latest", "safrr", ""] {
            assert!(!is_frr(image), "{image}");
        }
    }
}
