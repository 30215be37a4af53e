//! Where the host is not as the lab declares: what is told, what is left alone until somebody decides.
//!
//! ```text
//! not yet right ─plan─▶ right once (settled) ─somebody's act─▶ drifted ─repair, edit, undone by hand─▶ right
//! ```
//! A wish is carried out until it was found right once. What is no more right then is somebody else's
//! doing: it is told and left as it is, until a person repairs it or changes the lab. Nodes that do not
//! run have no drift. A new agent knows of nothing that was right, so it carries every wish out again.

mod adopt;
mod compare;
mod settled;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{LinkId, NetworkId, NodeId};
use crate::status::Port;

pub use adopt::adopt;
pub use compare::{Discrepancy, compare};
pub use settled::{Settled, judged};

/// One difference between lab and host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Drift {
    /// Names it within its lab for as long as it lasts: `lost-link-3-d1i0`.
    pub id: String,
    pub kind: DriftKind,
    /// The declared link that it is about; absent for what is not declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkId>,
    /// The interface of the lab that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<Port>,
    /// The node in which something undeclared is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeId>,
    /// The network, shared or behind a link, in whose bridge it is, or should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkId>,
    /// The kernel's name of the device: of what is found, else of what should be there.
    pub device: String,
    /// The kernel's name of the network's bridge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bridge: Option<String>,
    /// Of a moved link: where it is now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// One sentence.
    pub why: String,
    /// Whether the host's administrator lets a lab network have this device (`host_interfaces` in
    /// `agent.toml`).
    #[serde(default)]
    pub allowed: bool,
    /// Unix milliseconds at which it was seen first.
    #[serde(default)]
    pub since_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// There, and not declared.
    DiscoveredLink,
    /// Declared, and not there.
    LostLink,
    /// Declared, and elsewhere.
    MovedLink,
}

/// Where something of a declared link is instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// In another bridge; `network`: which of the lab's it is.
    Bridge {
        name: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        network: Option<NetworkId>,
    },
    /// Under another name.
    Name { name: String },
    /// In another network namespace; `node`: whose, when it is one of the lab's.
    Namespace {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        node: Option<NodeId>,
    },
}

impl Drift {
    /// One of which nothing more is known.
    pub fn new(id: String, kind: DriftKind) -> Self {
        Self {
            id,
            kind,
            link: None,
            port: None,
            node: None,
            network: None,
            device: String::new(),
            bridge: None,
            found: None,
            why: String::new(),
            allowed: false,
            since_ms: 0,
        }
    }
}

impl DriftKind {
    /// As it stands in events.
    pub fn word(self) -> &'static str {
        match self {
            Self::DiscoveredLink => "discovered_link",
            Self::LostLink => "lost_link",
            Self::MovedLink => "moved_link",
        }
    }
}

impl fmt::Display for DriftKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DiscoveredLink => "discovered",
            Self::LostLink => "lost",
            Self::MovedLink => "moved",
        })
    }
}
