//! How a lab changes: typed commands, applied whole or not at all, each giving its inverse.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{LinkId, NetworkId, NodeId};
use crate::lab::{Drawing, End, Lab, LinkState, Network, Node, Position};
use crate::problem::Problem;
use crate::validate::validate;

mod apply;
mod drawings;
mod links;
mod things;

/// One change of a lab. Ids are given by whoever makes the edit; see `next_*_id` for a free one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
pub enum Edit {
    /// Name and description; absent means unchanged.
    SetLab {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<String>,
    },
    AddNode {
        id: NodeId,
        node: Node,
    },
    /// Replaces the whole node; its links stay.
    SetNode {
        id: NodeId,
        node: Node,
    },
    /// Removes the node and every link at it.
    RemoveNode {
        id: NodeId,
    },
    AddNetwork {
        id: NetworkId,
        network: Network,
    },
    SetNetwork {
        id: NetworkId,
        network: Network,
    },
    /// Removes the network and every link at it.
    RemoveNetwork {
        id: NetworkId,
    },
    /// A link of two interfaces without `network` gets the next free number.
    AddLink {
        id: LinkId,
        a: End,
        b: End,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        network: Option<NetworkId>,
        #[serde(default)]
        state: LinkState,
        /// Keys of the link that this version does not know; an undo brings them back.
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        #[cfg_attr(feature = "utoipa", schema(value_type = Object))]
        extra: Map<String, Value>,
    },
    RemoveLink {
        id: LinkId,
    },
    SetLinkState {
        id: LinkId,
        state: LinkState,
    },
    /// A link of two interfaces becomes a shared network of the same number, with a link to each.
    ShareLink {
        id: LinkId,
        name: String,
        position: Position,
        second: LinkId,
    },
    /// Moves many things at once; one edit for one drag.
    Move {
        #[serde(default)]
        nodes: BTreeMap<NodeId, Position>,
        #[serde(default)]
        networks: BTreeMap<NetworkId, Position>,
    },
    AddDrawing {
        drawing: Drawing,
        /// The drawing it lies under; absent: on top of all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u32>,
    },
    SetDrawing {
        drawing: Drawing,
    },
    RemoveDrawing {
        id: u32,
    },
    /// All or none, in order.
    #[cfg_attr(feature = "utoipa", schema(no_recursion))]
    Batch {
        edits: Vec<Edit>,
    },
}

/// What an edit gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// The lab after it, its revision one higher.
    pub lab: Lab,
    /// The edit that takes it back.
    pub inverse: Edit,
    /// The edit itself with every free choice made: doing it again gives the same.
    pub edit: Edit,
}

/// Applies `edit` to `lab`, or says everything that is wrong with the outcome.
pub fn apply(lab: &Lab, edit: &Edit) -> Result<Applied, Vec<Problem>> {
    let mut after = lab.clone();
    let done = apply::apply_to(&mut after, edit, 0).map_err(|problem| vec![problem])?;
    after.revision = lab.revision.next();
    let problems = validate(&after);
    if problems.is_empty() {
        Ok(Applied {
            lab: after,
            inverse: done.inverse,
            edit: done.edit,
        })
    } else {
        Err(problems)
    }
}
