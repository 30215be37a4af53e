//! Labs, their edits, and the acts on them.

use std::collections::BTreeMap;

use model::access::LabRight;
use model::edit::Edit;
use model::lab::Gateway;
use model::status::{LabStatus, LinkStatus, NodeStatus};
use model::{Lab, LabId, Link, LinkId, Network, NetworkId, Node, NodeId, Position, Revision};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /labs`: a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabPage {
    pub items: Vec<LabSummary>,
    /// Pass as `?cursor=` for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A card of the labs page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabSummary {
    pub id: LabId,
    pub name: String,
    pub description: String,
    pub owner: String,
    /// The most that you may do in it; `own`: it is yours, or you are an administrator.
    pub my_right: LabRight,
    pub revision: Revision,
    pub node_count: u32,
    pub link_count: u32,
    /// Nodes that run, degraded ones included.
    pub running_count: u32,
    pub failed_count: u32,
    pub changed_ms: u64,
    pub file: FileState,
    /// For the card's picture: where each node lies, and which are linked.
    pub thumbnail: Thumbnail,
}

/// What became of the lab's file on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "file", rename_all = "snake_case")]
pub enum FileState {
    Ok,
    /// Changed by hand into something that is no valid lab; the last good one stays in force.
    Broken {
        why: String,
    },
    /// Removed by hand; the last good one stays in force.
    Missing,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Thumbnail {
    pub nodes: BTreeMap<NodeId, ThumbnailNode>,
    /// Pairs of nodes.
    pub links: Vec<(NodeId, NodeId)>,
    /// Shared networks, and which nodes are linked to them.
    pub networks: BTreeMap<NetworkId, Position>,
    pub network_links: Vec<(NodeId, NetworkId)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ThumbnailNode {
    pub position: Position,
    pub icon: String,
    /// The state's word.
    pub state: String,
}

/// `POST /labs`: an empty lab.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLab {
    pub name: String,
    #[serde(default)]
    pub description: String,
}

/// `POST /labs/import`: a lab in our own JSON.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportLab {
    /// The lab as its file holds it; its id is kept if it is free, else drawn anew.
    pub lab: Lab,
    /// Another name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `GET /labs/{lab}`: the lab, with its revision also as `ETag`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabDetail {
    pub lab: Lab,
    pub owner: String,
    pub file: FileState,
    pub status: LabStatus,
    /// The most that you may do in it; `own`: it is yours, or you are an administrator.
    pub my_right: LabRight,
    /// Whether undo or redo would do something for this user, and the words of it.
    pub undo: Option<String>,
    pub redo: Option<String>,
}

/// `POST /labs/{lab}/edits` with `If-Match: "<revision>"`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostEdit {
    pub edit: Edit,
}

/// What an edit, an undo or a redo gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Edited {
    pub revision: Revision,
    /// The edit as it was applied (for an undo: the inverse).
    pub edit: Edit,
}

/// `POST /labs/{lab}/links`, the short way to add one; ids are given by the server. With `If-Match`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLink {
    pub a: model::End,
    pub b: model::End,
}

/// `POST /labs/{lab}/nodes`, the short way to add one from a template. With `If-Match`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateNode {
    pub template: String,
    /// Absent: the template's name and a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default)]
    pub position: Position,
}

/// `POST /labs/{lab}/networks`. With `If-Match`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateNetwork {
    pub name: String,
    #[serde(default)]
    pub position: Position,
    /// The host on it, and what it serves there; absent: it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<Gateway>,
}

/// The id that was given, with the revision it came with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreatedNode {
    pub id: NodeId,
    pub revision: Revision,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreatedNetwork {
    pub id: NetworkId,
    pub revision: Revision,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CreatedLink {
    pub id: LinkId,
    pub revision: Revision,
}

/// `POST /labs/{lab}/start|stop|restart|wipe`: which nodes; absent means all.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Vec<NodeId>>,
}

/// One row of `GET /labs/{lab}/edits`, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EditRow {
    pub revision: Revision,
    /// Absent: the file was changed by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    pub at_ms: u64,
    /// What it did: `remove of node r1`.
    pub words: String,
    /// Absent: the file was changed by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
}

/// `GET /labs/{lab}/edits`: a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EditPage {
    pub items: Vec<EditRow>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A node with its number and how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodeItem {
    pub id: NodeId,
    pub node: Node,
    /// Absent: no agent has reported it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<NodeStatus>,
}

/// `GET /labs/{lab}/nodes`: a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NodePage {
    pub items: Vec<NodeItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NetworkItem {
    pub id: NetworkId,
    pub network: Network,
}

/// `GET /labs/{lab}/networks`: a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NetworkPage {
    pub items: Vec<NetworkItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LinkItem {
    pub id: LinkId,
    pub link: Link,
    /// Absent: no agent has reported it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<LinkStatus>,
}

/// `GET /labs/{lab}/links`: a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LinkPage {
    pub items: Vec<LinkItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// `PUT /labs/{lab}/links/{link}`: other ends for a link, its number and state kept. With `If-Match`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplaceLink {
    pub a: model::End,
    pub b: model::End,
}
