//! Reading other tools' lab files, before anything is kept.

use std::collections::BTreeMap;

use model::Lab;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::image::LabImage;

/// `POST /labs/read`: a topology of containerlab, or a lab in our own JSON.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadLabFile {
    /// Its own name: `.json` is ours, everything else containerlab's.
    pub file_name: String,
    pub text: String,
    /// The files beside it, by their paths relative to it.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// Values of the topology's variables; nothing else gives them any.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// Which image is used instead of which: `frr-ssh:latest=nova-ve/frr`.
    #[serde(default)]
    pub images: Vec<String>,
    /// Run `linux` nodes over this host's own programs, instead of as containers.
    #[serde(default)]
    pub as_netns: bool,
}

/// What was read. Nothing is kept; `POST /labs/import` takes the lab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabFileRead {
    pub lab: Lab,
    pub losses: Vec<LossRow>,
    /// What its containers need, and what of it this host lacks; empty where the host's engine cannot be
    /// asked.
    pub images: Vec<LabImage>,
}

/// Something of the file that the lab does not have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LossRow {
    /// From 1; absent where it is in no line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// `topology.nodes.r1.ports[0]`.
    pub path: String,
    /// As the file has it; cut when it is long.
    pub value: String,
    /// What that means.
    pub consequence: String,
    /// What to do about it.
    pub cure: String,
}
