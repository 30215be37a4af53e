//! What of the host a lab may reach for: one table, for the readers of other tools' files, the server
//! and the agent.
//!
//! A node or a network *asks* for what has a key in `agent.toml`; the rest is refused whoever asks, and a
//! reader of a file names it as lost. A lab that asks starts when an administrator allowed it for this
//! lab, and `agent.toml` allows it too.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::edit::Edit;
use crate::id::{NetworkId, NodeId};
use crate::lab::Lab;
use crate::spec::{HostAsks, LabSpec, host_asks};
use crate::template::Templates;

/// One kind of reaching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// A file or folder of the host inside a node.
    Bind,
    /// A device of the host inside a node.
    Device,
    /// A capability beyond those that a node's kind has.
    Capability,
    /// A looser profile of seccomp, `AppArmor` or `SELinux`.
    SecurityOption,
    /// Every capability and every device.
    Privileged,
    /// An interface of the host that joins a network of the lab.
    HostInterface,
    /// A node in the host's own network, process or cgroup namespace.
    HostNamespace,
    /// A node in the network of a container that is not the lab's.
    OtherContainer,
    /// A device of the lab that stands in the host's own network.
    HostLink,
    /// A file outside of the lab's own folder.
    OutsideFile,
    /// A file that lies on another machine.
    RemoteFile,
    /// A command on the host.
    HostCommand,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Refused, unless this list of `agent.toml` names it and an administrator allowed it for the lab.
    Asked { key: &'static str },
    /// Refused, whoever asks.
    Never { instead: &'static str },
}

impl Reach {
    pub const ALL: [Self; 12] = [
        Self::Bind,
        Self::Device,
        Self::Capability,
        Self::SecurityOption,
        Self::Privileged,
        Self::HostInterface,
        Self::HostNamespace,
        Self::OtherContainer,
        Self::HostLink,
        Self::OutsideFile,
        Self::RemoteFile,
        Self::HostCommand,
    ];

    /// As it is written in SQL and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Device => "device",
            Self::Capability => "capability",
            Self::SecurityOption => "security_option",
            Self::Privileged => "privileged",
            Self::HostInterface => "host_interface",
            Self::HostNamespace => "host_namespace",
            Self::OtherContainer => "other_container",
            Self::HostLink => "host_link",
            Self::OutsideFile => "outside_file",
            Self::RemoteFile => "remote_file",
            Self::HostCommand => "host_command",
        }
    }

    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reach| reach.word() == word)
    }

    /// The table.
    pub fn answer(self) -> Answer {
        let asked = |key| Answer::Asked { key };
        let never = |instead| Answer::Never { instead };
        match self {
            Self::Bind => asked("bind_roots"),
            Self::Device => asked("devices"),
            Self::Capability => asked("capabilities"),
            Self::SecurityOption => asked("security_options"),
            Self::Privileged => asked("privileged_labs"),
            Self::HostInterface => asked("host_interfaces"),
            Self::HostNamespace => never("run the program on the host, beside the lab"),
            Self::OtherContainer => never("make that container a node of the lab, and link to it"),
            Self::HostLink => {
                never("give the network a gateway, or join an interface of the host to it")
            }
            Self::OutsideFile => never("copy it into the lab's own folder"),
            Self::RemoteFile => never("fetch it into the lab's own folder first"),
            Self::HostCommand => never("run it by hand, before or after the lab starts"),
        }
    }

    /// What a person reads: `the device "/dev/kvm"`.
    pub fn words(self, what: &str) -> String {
        match self {
            Self::Bind => format!("the bind of {what:?}"),
            Self::Device => format!("the device {what:?}"),
            Self::Capability => format!("the capability {what:?}"),
            Self::SecurityOption => format!("the security option {what:?}"),
            Self::Privileged => "to run privileged".into(),
            Self::HostInterface => format!("the host's interface {what:?}"),
            Self::HostNamespace => format!("a namespace of the host's own ({what})"),
            Self::OtherContainer => format!("the network of the container {what:?}"),
            Self::HostLink => format!("a device in the host's own network ({what})"),
            Self::OutsideFile => format!("a file outside of the lab's folder ({what:?})"),
            Self::RemoteFile => format!("a file of another machine ({what:?})"),
            Self::HostCommand => format!("a command on the host ({what:?})"),
        }
    }
}

/// One thing of the host that a node or a network asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Ask {
    pub reach: Reach,
    /// The path, the name; empty for `privileged`.
    pub what: String,
}

impl Ask {
    pub fn new(reach: Reach, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { reach, what }
    }
}

impl std::fmt::Display for Ask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reach.words(&self.what))
    }
}

/// What in a lab asks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    Node(NodeId, String),
    Network(NetworkId, String),
}

/// `node r1`, `network lan`.
impl std::fmt::Display for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Node(_, name) => write!(f, "node {name}"),
            Self::Network(_, name) => write!(f, "network {name}"),
        }
    }
}

/// Everything that a spec asks for.
pub fn asks(spec: &LabSpec) -> Vec<(Asker, Ask)> {
    let nodes = spec.nodes.iter().flat_map(|(id, node)| {
        let asks = node.driver.asks().map(of_node).unwrap_or_default();
        by_node(*id, &node.name, asks)
    });
    let networks = spec.networks.iter();
    let networks = networks.filter_map(|(id, n)| by_network(*id, &n.name, n.uplink.as_ref()));
    nodes.chain(networks).collect()
}

/// What the lab's spec would ask for, without making one.
pub fn asks_of(lab: &Lab, templates: &Templates) -> Vec<(Asker, Ask)> {
    let nodes = lab.nodes.iter().flat_map(|(id, node)| {
        let asks = host_asks(node, templates).as_ref().map(of_node);
        by_node(*id, &node.name, asks.unwrap_or_default())
    });
    let networks = lab.networks.iter();
    let networks = networks.filter_map(|(id, n)| by_network(*id, &n.name, n.uplink.as_ref()));
    nodes.chain(networks).collect()
}

/// What the things ask for that an edit draws.
pub fn drawn_by(edit: &Edit, templates: &Templates) -> BTreeSet<Ask> {
    match edit {
        Edit::AddNode { node, .. } | Edit::SetNode { node, .. } => {
            let asks = host_asks(node, templates).as_ref().map(of_node);
            asks.into_iter().flatten().collect()
        }
        Edit::AddNetwork { network, .. } | Edit::SetNetwork { network, .. } => {
            let uplink = network.uplink.iter();
            uplink
                .map(|name| Ask::new(Reach::HostInterface, name))
                .collect()
        }
        Edit::Batch { edits } => {
            let each = edits.iter().map(|edit| drawn_by(edit, templates));
            each.flatten().collect()
        }
        Edit::SetLab { .. }
        | Edit::RemoveNode { .. }
        | Edit::RemoveNetwork { .. }
        | Edit::AddLink { .. }
        | Edit::RemoveLink { .. }
        | Edit::SetLinkState { .. }
        | Edit::ShareLink { .. }
        | Edit::Move { .. }
        | Edit::AddDrawing { .. }
        | Edit::SetDrawing { .. }
        | Edit::RemoveDrawing { .. } => BTreeSet::new(),
    }
}

fn by_node(id: NodeId, name: &str, asks: Vec<Ask>) -> impl Iterator<Item = (Asker, Ask)> {
    let who = Asker::Node(id, name.to_owned());
    asks.into_iter().map(move |ask| (who.clone(), ask))
}

fn by_network(id: NetworkId, name: &str, uplink: Option<&String>) -> Option<(Asker, Ask)> {
    let who = Asker::Network(id, name.to_owned());
    uplink.map(|uplink| (who, Ask::new(Reach::HostInterface, uplink)))
}

fn of_node(asks: &HostAsks) -> Vec<Ask> {
    let HostAsks {
        binds,
        devices,
        capabilities,
        security_options,
        privileged,
    } = asks;
    let each = |reach| move |what: &String| Ask::new(reach, what);
    let binds = binds.iter().map(|bind| Ask::new(Reach::Bind, &bind.source));
    binds
        .chain(devices.iter().map(each(Reach::Device)))
        .chain(capabilities.iter().map(each(Reach::Capability)))
        .chain(security_options.iter().map(each(Reach::SecurityOption)))
        .chain(privileged.then(|| Ask::new(Reach::Privileged, "")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_an_answer_and_words() {
        for reach in Reach::ALL {
            match reach.answer() {
                Answer::Asked { key } => assert!(!key.is_empty()),
                Answer::Never { instead } => assert!(!instead.is_empty()),
            }
            assert!(!reach.words("x").is_empty());
            assert_eq!(Reach::of_word(reach.word()), Some(reach));
            let json = serde_json::to_value(reach).expect("a word");
            assert_eq!(json, reach.word(), "SQL and JSON have one word");
        }
    }

    #[test]
    fn whatever_a_node_may_ask_for_is_found() {
        let asks = HostAsks {
            binds: vec![crate::lab::Bind {
                source: "/srv/a".into(),
                target: "/mnt/a".into(),
                write: false,
            }],
            devices: ["/dev/kvm".to_owned()].into(),
            capabilities: ["SYS_ADMIN".to_owned()].into(),
            security_options: ["seccomp=unconfined".to_owned()].into(),
            privileged: true,
        };
        let reaches: Vec<Reach> = of_node(&asks).into_iter().map(|ask| ask.reach).collect();
        let asked = |reach: &Reach| matches!(reach.answer(), Answer::Asked { .. });
        let all: Vec<Reach> = Reach::ALL.into_iter().filter(asked).collect();
        assert_eq!(reaches, all[..all.len() - 1], "the last is a network's");
    }
}
