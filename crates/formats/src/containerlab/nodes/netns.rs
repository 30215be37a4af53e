//! A `linux` node over this host's own programs: FRR's when its image is one of FRR.

use model::lab::NetnsNode;
use model::{Node, NodeKind};

use crate::containerlab::binds::{self, Gathered};
use crate::containerlab::docker::{env, is_frr, run};
use crate::containerlab::levels::Def;
use crate::containerlab::reading::Reading;
use crate::containerlab::schema::NODE_KEYS;
use crate::yaml;

/// Keys that have had their say before, or say nothing here.
const TAKEN: [&str; 12] = [
    "kind",
    "group",
    "labels",
    "type",
    "image",
    "position",
    "image-pull-policy",
    "env",
    "env-files",
    "exec",
    "binds",
    "hostname",
];

/// Whether the node is on the management network: it never is.
pub fn fill(def: &Def<'_>, node: &mut Node, reading: &mut Reading<'_>) -> bool {
    let template = template_of(def, reading);
    let mut gathered = Gathered::default();
    binds::read(def, &mut gathered, reading);
    for (bind, source) in std::mem::take(&mut gathered.binds) {
        match model::validate::wrong_target(&bind.target) {
            None => gathered.allowed.push(bind),
            Some(wrong) => reading.ledger.lose(source, wrong, "bind it below /mnt"),
        }
    }
    for volume in gathered.volumes.into_values() {
        let why = "the node's own tree is kept anyway";
        reading.ledger.lose(volume, why, "nothing is to be done");
    }
    if template == "frr" && !gathered.files.contains_key("/etc/frr/daemons") {
        let why = "only zebra and staticd run";
        let cure = "bind a daemons file that enables the others";
        reading
            .ledger
            .remark(def.own, "no /etc/frr/daemons", why, cure);
    }
    let settings = NetnsNode {
        hostname: run::hostname(def, reading),
        env: env::read(def, reading),
        files: gathered.files,
        binds: gathered.allowed,
        exec: run::exec(def, reading),
        ..NetnsNode::default()
    };
    lose_the_rest(def, reading);
    node.template = template.into();
    node.kind = NodeKind::Netns(settings);
    false
}

fn template_of(def: &Def<'_>, reading: &mut Reading<'_>) -> &'static str {
    let Some(image) = def.first("image", &mut reading.ledger) else {
        return "host";
    };
    let name = image.text().unwrap_or_default();
    let (template, why) = if is_frr(name) || name.to_lowercase().contains("frr") {
        ("frr", "the node runs this host's FRR instead")
    } else {
        let why = "the node runs this host's programs instead; what only the image has is missing";
        ("host", why)
    };
    let cure = "import it as a container to run the image";
    reading.ledger.lose(image, why, cure);
    template
}

fn lose_the_rest(def: &Def<'_>, reading: &mut Reading<'_>) {
    for (key, _) in NODE_KEYS {
        if TAKEN.contains(key) {
            def.all(key, &mut reading.ledger);
            continue;
        }
        let levels: Vec<yaml::Node<'_>> = def.all(key, &mut reading.ledger);
        let (why, cure) = match *key {
            "ports" | "publish" => (
                "no port of the host leads into the node",
                "use its console, or nova-ve forward",
            ),
            "mgmt-ipv4" | "mgmt-ipv6" => (
                "there is no management network",
                "import the lab with containers to have one",
            ),
            "network-mode" if levels.iter().all(|mode| mode.text() == Some("none")) => continue,
            "cmd" | "entrypoint" => (
                "the image's own program is not run",
                "use exec, or give the node a process",
            ),
            "startup-config" => (
                "a node of this kind has no place for it",
                "bind the file to its place in the node",
            ),
            _ => (
                "a node over the host's own programs has no such setting",
                "import it as a container",
            ),
        };
        for level in levels {
            reading.ledger.lose_each(level, why, cure);
        }
    }
}
