//! Keys that a container of ours has no setting for: some mean nothing here and wait for the way back, the
//! others are losses.

use model::Node;

use crate::containerlab::levels::Def;
use crate::containerlab::reading::{Reading, text};
use crate::containerlab::top::keep_in;

/// Names and drawings of containerlab's own, and settings that its `linux` kind does not look at.
pub const KEPT_KEYS: &[&str] = &[
    "group",
    "type",
    "position",
    "link-apply-mode",
    "config",
    "credentials",
    "username",
    "password",
    "components",
    "extras",
];

/// Key, what its loss means, and the cure.
const LOST: [(&str, &str, &str); 3] = [
    (
        "license",
        "a container of this kind looks for no licence",
        "bind the file to where the image looks for it",
    ),
    (
        "cgroup-parent",
        "nova-ve gives each node a control group of its own",
        "give the node cpu and memory instead",
    ),
    (
        "certificate",
        "nova-ve makes no certificates for nodes",
        "bind the files that the node needs",
    ),
];

/// Key, what it says anyway, and what the loss of anything else means.
const UNLESS_USUAL: [(&str, &str, &str); 2] = [
    (
        "runtime",
        "docker",
        "containers run by the engine that the host's agent uses",
    ),
    (
        "auto-remove",
        "false",
        "a container is there until its node is wiped or removed",
    ),
];

pub fn keep_or_lose(def: &Def<'_>, node: &mut Node, reading: &mut Reading<'_>) {
    for key in KEPT_KEYS {
        if let Some(found) = def.first(key, &mut reading.ledger) {
            keep_in(&mut node.extra, key, found.to_json());
        }
    }
    lose_ports(def, reading);
    for (key, why, cure) in LOST {
        if let Some(found) = def.first(key, &mut reading.ledger) {
            reading.ledger.lose_each(found, why, cure);
        }
    }
    if let Some(aliases) = def.only_own("aliases", &mut reading.ledger) {
        let (why, cure) = ("a node is found by its own name alone", "use that name");
        reading.ledger.lose_each(aliases, why, cure);
    }
    for (key, usual, why) in UNLESS_USUAL {
        if let Some(found) = def.first(key, &mut reading.ledger)
            && text(found).to_lowercase() != usual
        {
            reading.ledger.lose(found, why, "nothing is to be done");
        }
    }
}

/// Each port with the words that bring it to one's own machine.
fn lose_ports(def: &Def<'_>, reading: &mut Reading<'_>) {
    let lab = reading.lab.name.clone();
    for key in ["ports", "publish"] {
        let list = def.first(key, &mut reading.ledger);
        for port in list.into_iter().flat_map(crate::yaml::Node::children) {
            let why = "no port of the host leads into the node";
            let cure = match inner_port(&text(port)) {
                Some(inner) => format!("nova-ve forward {lab}/{}:{inner}", def.name),
                None => "reach the node by the management network".into(),
            };
            reading.ledger.lose(port, why, cure);
        }
    }
}

/// `[address:][outer:]inner[/tcp]`; only TCP can be forwarded.
fn inner_port(written: &str) -> Option<u16> {
    let (ports, protocol) = written.split_once('/').unwrap_or((written, "tcp"));
    let inner = ports.rsplit(':').next()?;
    (protocol == "tcp").then(|| inner.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::inner_port;

    #[test]
    fn the_port_inside_the_node_is_found() {
        for (written, port) in [
            ("2231:22", Some(22)),
            ("80/tcp", Some(80)),
            ("127.0.0.1:8080:80", Some(80)),
            ("55555:43555/udp", None),
            ("tcp/8000", None),
            ("8000-8010:80-90", None),
        ] {
            assert_eq!(inner_port(written), port, "{written}");
        }
    }
}
