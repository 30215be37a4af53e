//! Steps as an operator reads them in a log.

use std::fmt::{Display, Formatter, Result};

use super::Step;
use crate::id::NetworkId;

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::RemoveRedirect { port } => write!(f, "remove redirect of port {port}"),
            Self::StopNode { node } => write!(f, "stop node {node}"),
            Self::RemovePort { port } => write!(f, "remove port {port}"),
            Self::RemoveAllPorts => f.write_str("remove all ports"),
            Self::WipeNode { node, .. } => write!(f, "wipe node {node}"),
            Self::RemoveNode { node } => write!(f, "remove node {node}"),
            Self::RemoveBridge { network } => write!(f, "remove bridge {network}"),
            Self::EnsureBridge { network, .. } => write!(f, "ensure bridge {network}"),
            Self::RemoveGateway { network } => write!(f, "take the host off network {network}"),
            Self::EnsureGateway { network, .. } => write!(f, "put the host on network {network}"),
            Self::EnsureNode { node } => write!(f, "ensure node {node}"),
            Self::EnsurePort {
                port, name, master, ..
            } => {
                write!(f, "ensure port {port} {name} {}", InBridge(*master))
            }
            Self::SetMaster { port, master } => write!(f, "put port {port} {}", InBridge(*master)),
            Self::ConfigureNode { node } => write!(f, "configure node {node}"),
            Self::ConfigureInterface { port } => write!(f, "configure interface {port}"),
            Self::EnsureRedirect { from, to } => write!(f, "redirect port {from} to {to}"),
            Self::SetAdmin { port, up } => {
                write!(f, "set port {port} {}", if *up { "up" } else { "down" })
            }
            Self::ReleaseNode { node } => write!(f, "release node {node}"),
        }
    }
}

struct InBridge(Option<NetworkId>);

impl Display for InBridge {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Some(bridge) => write!(f, "in bridge {bridge}"),
            None => f.write_str("in no bridge"),
        }
    }
}
