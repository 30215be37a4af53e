//! Images of the host's container engine.

use model::LabId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// `GET /images`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Images {
    /// By their first names.
    pub items: Vec<Image>,
    pub room: Room,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Image {
    /// `sha256:…`.
    pub id: String,
    /// `nova-ve/frr:latest`; none: it is the rest of one that got another.
    pub names: Vec<String>,
    pub bytes: u64,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Of containers that were made of it, of nodes or not.
    pub containers: u32,
    /// The labs that name it and that one may see.
    pub used_by: Vec<ImageUse>,
    /// How many other labs name it.
    pub other_labs: u32,
}

/// Who needs an image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImageUse {
    pub lab: LabId,
    pub lab_name: String,
    /// Names of its nodes.
    pub nodes: Vec<String>,
}

/// What is free on the host; zeros where it cannot be told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Room {
    /// Where the engine keeps images and containers.
    pub disk_free_bytes: u64,
    pub disk_bytes: u64,
    /// What new programs can have without swapping.
    pub memory_free_bytes: u64,
    pub memory_bytes: u64,
}

/// `POST /images/pull`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PullImage {
    /// `quay.io/frrouting/frr:10.2.1`.
    pub name: String,
}

/// A line of the answer to `POST /images/pull`. The last one says that it is there, or why not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "progress", rename_all = "snake_case")]
pub enum PullProgress {
    /// `pulling 43 %`.
    Doing {
        what: String,
    },
    Loaded {
        name: String,
    },
    Failed {
        why: String,
    },
}

/// The answer to `PUT /images`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LoadedImages {
    /// Names, or ids of images without one.
    pub names: Vec<String>,
}

/// `DELETE /images`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RemoveImage {
    /// The image itself goes with its last name.
    pub name: String,
    /// Also when labs name it; their nodes bring it again, or cannot start.
    #[serde(default)]
    pub anyway: bool,
}

/// `POST /images/prune`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PruneImages {
    /// Also images with names that no lab and no container uses.
    pub all: bool,
    /// Say what would go, remove nothing.
    pub dry_run: bool,
}

/// What went, or would.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RemovedImages {
    /// Names, or ids of images without one.
    pub removed: Vec<String>,
    pub freed_bytes: u64,
}

/// `GET /labs/{lab}/images`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabImages {
    pub items: Vec<LabImage>,
}

/// An image that nodes of the lab need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LabImage {
    pub image: String,
    /// Names of its nodes.
    pub nodes: Vec<String>,
    /// This host has it.
    pub here: bool,
    /// 0 where it is not here.
    pub bytes: u64,
    /// When it is not: images of this host with names like it, the likest first.
    pub nearest: Vec<String>,
}
