//! What a node asks of the host. It starts when an administrator allowed it.

use model::lab::DockerNode;
use model::reach::Reach;

use crate::containerlab::levels::Def;
use crate::containerlab::nodes::lose_reach;
use crate::containerlab::reading::{Reading, text};

/// Docker's own set, and what every node of a lab has besides.
const HAD: [&str; 15] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

pub fn read(def: &Def<'_>, settings: &mut DockerNode, reading: &mut Reading<'_>) {
    for node in def.members("devices", &mut reading.ledger) {
        let whole = text(node);
        let mut parts = whole.split(':');
        let path = parts.next().unwrap_or_default();
        let inside = parts.next().unwrap_or(path);
        if inside != path {
            let why = format!("the device is at its own place, {path}, and not at {inside}");
            reading.ledger.lose(node, why, "use it there");
        }
        settings.devices.insert(path.to_owned());
    }
    for node in def.members("cap-add", &mut reading.ledger) {
        let name = text(node).trim().to_uppercase();
        let name = name.strip_prefix("CAP_").unwrap_or(&name);
        if !HAD.contains(&name) {
            settings.capabilities.insert(name.to_owned());
        }
    }
    for node in def.members("security-opts", &mut reading.ledger) {
        settings.security_options.insert(text(node));
    }
    let privileged = def.first("privileged", &mut reading.ledger);
    settings.privileged = privileged.and_then(|node| reading.flag(node)) == Some(true);
    for key in ["pid-mode", "cgroupns-mode"] {
        if let Some(node) = def.first(key, &mut reading.ledger)
            && text(node) != "private"
        {
            let what = format!("{key}: {}", node.short());
            lose_reach(Reach::HostNamespace, node, &what, reading);
        }
    }
}
