//! Whether a lab may have what it asks of the host. Pure; the answer is `agent.toml`'s alone.

use std::path::{Component, Path, PathBuf};

use model::LabId;
use model::spec::{DriverSpec, HostAsks, LabSpec, NodeSpec};

use crate::config::Allow;

/// One thing of the host that a node asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A folder or file of the host inside the node.
    Bind(PathBuf),
    Device(PathBuf),
    /// Beyond what a container has usually; without `CAP_`.
    Capability(String),
    HostInterface(String),
    Privileged,
}

/// Everything that the lab asks for and may not have, as sentences. Empty: it may run.
pub fn refusals(spec: &LabSpec, allow: &Allow) -> Vec<String> {
    let of_nodes = spec.nodes.values().flat_map(|node| {
        let who = format!("node {}", node.name);
        asks(node).into_iter().map(move |ask| (who.clone(), ask))
    });
    let of_networks = spec.networks.values().filter_map(|network| {
        let interface = network.uplink.clone()?;
        let who = format!("network {}", network.name);
        Some((who, Ask::HostInterface(interface)))
    });
    of_nodes
        .chain(of_networks)
        .filter_map(|(who, ask)| Some(format!("{who}: {}", refusal(spec.lab, &ask, allow)?)))
        .collect()
}

/// What a node asks of the host.
fn asks(node: &NodeSpec) -> Vec<Ask> {
    match &node.driver {
        DriverSpec::Netns(netns) => asks_of(&netns.host),
        DriverSpec::CannotRun { .. } => Vec::new(),
    }
}

fn asks_of(asks: &HostAsks) -> Vec<Ask> {
    let binds = asks.binds.iter();
    let devices = asks.devices.iter();
    let capabilities = asks.capabilities.iter();
    binds
        .map(|bind| Ask::Bind(PathBuf::from(&bind.source)))
        .chain(devices.map(|path| Ask::Device(PathBuf::from(path))))
        .chain(capabilities.map(|name| Ask::Capability(name.clone())))
        .chain(asks.privileged.then_some(Ask::Privileged))
        .collect()
}

fn refusal(lab: LabId, ask: &Ask, allow: &Allow) -> Option<String> {
    let (allowed, what, key) = match ask {
        Ask::Bind(path) => (
            is_below(path, &allow.bind_roots),
            format!("the bind of {:?}", path.to_string_lossy()),
            "bind_roots",
        ),
        Ask::Device(path) => (
            // A path is equal to one with another spelling; here only the spelling counts.
            allow
                .devices
                .iter()
                .any(|allowed| allowed.as_os_str() == path.as_os_str()),
            format!("the device {:?}", path.to_string_lossy()),
            "devices",
        ),
        Ask::Capability(name) => (
            allow.capabilities.contains(name),
            format!("the capability {name:?}"),
            "capabilities",
        ),
        Ask::HostInterface(name) => (
            allow.host_interfaces.contains(name),
            format!("the host's interface {name:?}"),
            "host_interfaces",
        ),
        Ask::Privileged => (
            allow.privileged_labs.contains(&lab),
            "to run privileged".into(),
            "privileged_labs",
        ),
    };
    (!allowed).then(|| {
        format!("this host does not allow {what}; its administrator can, by {key} in agent.toml")
    })
}

/// A path with `..` in it is below nothing.
fn is_below<'a>(path: &Path, roots: impl IntoIterator<Item = &'a PathBuf>) -> bool {
    let plain = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    plain && path.is_absolute() && roots.into_iter().any(|root| path.starts_with(root))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use uuid::Uuid;

    use super::*;

    const LAB: LabId = LabId(Uuid::from_u128(1));

    fn everything() -> Allow {
        Allow {
            bind_roots: BTreeSet::from(["/srv/labs".into()]),
            devices: BTreeSet::from(["/dev/kvm".into()]),
            capabilities: BTreeSet::from(["SYS_ADMIN".into()]),
            host_interfaces: BTreeSet::from(["eth1".into()]),
            privileged_labs: BTreeSet::from([LAB]),
        }
    }

    fn all_asks() -> [Ask; 5] {
        [
            Ask::Bind("/srv/labs/a".into()),
            Ask::Device("/dev/kvm".into()),
            Ask::Capability("SYS_ADMIN".into()),
            Ask::HostInterface("eth1".into()),
            Ask::Privileged,
        ]
    }

    #[test]
    fn what_is_named_is_allowed_and_everything_else_refused() {
        for ask in all_asks() {
            assert_eq!(refusal(LAB, &ask, &everything()), None, "{ask:?}");
            let why = refusal(LAB, &ask, &Allow::default()).unwrap_or_default();
            assert!(why.contains("in agent.toml"), "{ask:?}: {why}");
        }
    }

    #[test]
    fn a_bind_root_is_not_left_by_dots_or_by_a_longer_name() {
        for path in ["/srv/labs/../../etc", "/srv/labsx", "srv/labs", "/etc"] {
            assert!(
                refusal(LAB, &Ask::Bind(path.into()), &everything()).is_some(),
                "{path}"
            );
        }
    }

    #[test]
    fn one_privileged_lab_does_not_open_another() {
        let other = LabId(Uuid::from_u128(2));
        assert!(refusal(other, &Ask::Privileged, &everything()).is_some());
    }
}
