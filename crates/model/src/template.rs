//! Templates: what a person picks from the palette, and what a node of it runs.

use serde::{Deserialize, Serialize};

/// A kind of node ready to be placed. Files `templates/*.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// `frr`; the file's name.
    pub id: String,
    /// `FRR router`.
    pub name: String,
    /// `Routers`, `Hosts`, `Switching`: the palette's group.
    pub group: String,
    pub description: String,
    /// The icon's name in the sprite, without `i-`.
    pub icon: String,
    /// `netns`.
    pub kind: String,
    /// The name of interface n, `{n}` replaced: `eth{n}`.
    pub interface_name: String,
    /// Interfaces of a new node.
    pub interfaces: u8,
    pub ip_forward: bool,
    pub consoles: std::collections::BTreeMap<String, Vec<String>>,
    /// What its nodes run besides their own processes.
    pub runs: TemplateRuns,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TemplateRuns {
    #[default]
    Nothing,
    /// FRR's daemons as the node's `/etc/frr/daemons` enables them, configured by `/etc/frr/frr.conf`.
    Frr,
}
