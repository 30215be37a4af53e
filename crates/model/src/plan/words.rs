//! Steps as an operator reads them in a log.

use std::fmt;

use super::Step;

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoveRedirect { port } => write!(f, "remove redirect of port {port}"),
            Self::StopNode { node } => write!(f, "stop node {node}"),
            Self::RemovePort { port } => write!(f, "remove port {port}"),
            Self::RemoveAllPorts => f.write_str("remove all ports"),
            Self::WipeNode { node, .. } => write!(f, "wipe node {node}"),
            Self::RemoveNode { node } => write!(f, "remove node {node}"),
            Self::RemoveBridge { network } => write!(f, "remove bridge {network}"),
            Self::EnsureBridge { network } => write!(f, "ensure bridge {network}"),
            Self::EnsureNode { node } => write!(f, "ensure node {node}"),
            Self::EnsurePort {
                port,
                name,
                master: None,
                ..
            } => {
                write!(f, "ensure port {port} {name}")
            }
            Self::EnsurePort {
                port,
                name,
                master: Some(bridge),
                ..
            } => {
                write!(f, "ensure port {port} {name} in bridge {bridge}")
            }
            Self::SetMaster { port, master: None } => write!(f, "take port {port} off its bridge"),
            Self::SetMaster {
                port,
                master: Some(bridge),
            } => {
                write!(f, "put port {port} in bridge {bridge}")
            }
            Self::ConfigureNode { node } => write!(f, "configure node {node}"),
            Self::ConfigureInterface { port } => write!(f, "configure interface {port}"),
            Self::EnsureRedirect { from, to } => write!(f, "redirect port {from} to {to}"),
            Self::SetAdmin { port, up: true } => write!(f, "set port {port} up"),
            Self::SetAdmin { port, up: false } => write!(f, "set port {port} down"),
            Self::ReleaseNode { node } => write!(f, "release node {node}"),
        }
    }
}
