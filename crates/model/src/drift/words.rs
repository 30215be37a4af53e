//! The sentences.

use super::Found;
use crate::names::Names;
use crate::seen::PortId;
use crate::spec::LabSpec;

/// `r1 eth0`.
pub fn interface(wanted: &LabSpec, port: PortId) -> String {
    let node = wanted.nodes.get(&port.node);
    let interface = node.and_then(|node| node.interfaces.get(&port.interface));
    match (node, interface) {
        (Some(node), Some(interface)) => format!("{} {}", node.name, interface.name),
        (_, _) => format!("node {} interface {}", port.node, port.interface),
    }
}

/// Where it is now: `is in the bridge br7`.
pub fn place(found: &Found, wanted: &LabSpec) -> String {
    match found {
        Found::Bridge { name, .. } => format!("is in the bridge {name}"),
        Found::Name { name } => format!("is named {name} now"),
        Found::Namespace { node } => match node.and_then(|node| wanted.nodes.get(&node)) {
            Some(node) => format!("is in the network namespace of {}", node.name),
            None => "is in another network namespace".into(),
        },
    }
}

/// Of a device on the host.
pub fn of_device(wanted: &LabSpec, names: &Names, port: PortId, what: &str) -> String {
    let interface = interface(wanted, port);
    format!(
        "{interface}: its device {} on the host {what}",
        names.port(port)
    )
}
