//! The images that a host's container engine keeps.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What is asked of the store. Since protocol 3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum ImageAsk {
    List,
    /// This name of an image; the image itself goes with its last one.
    Remove {
        name: String,
    },
    /// What has no name and no container, and of those with names the ones that are listed.
    Prune {
        names: Vec<String>,
    },
}

/// The answer to an [`ImageAsk`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum ImageAnswer {
    Listed(ImageList),
    Removed(ImagesRemoved),
}

/// Everything that is there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageList {
    pub images: Vec<HostImage>,
    pub room: HostRoom,
}

/// An image of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostImage {
    /// `sha256:…`.
    pub id: String,
    /// `nova-ve/frr:latest`; none: it is the rest of one that got another.
    pub names: Vec<String>,
    pub bytes: u64,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Of containers that were made of it, of nodes or not.
    pub containers: u32,
}

/// What is free for nodes and images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostRoom {
    /// Where the engine keeps images and containers.
    pub disk_free_bytes: u64,
    pub disk_bytes: u64,
    /// What new programs can have without swapping: the kernel's `MemAvailable`.
    pub memory_free_bytes: u64,
    pub memory_bytes: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagesRemoved {
    /// Names, or ids of those without one.
    pub removed: Vec<String>,
    pub freed_bytes: u64,
}

/// A stream that brings an image. It says [`ImageProgress`] as JSON lines, and ends with
/// `Control::Exit` or `Control::Failed`. Since protocol 3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "transfer", rename_all = "snake_case")]
pub enum ImageTransfer {
    /// From the registry that the name says.
    Pull { name: String },
    /// An archive, as `docker save` writes it, which the client sends.
    Load,
}

/// How far a transfer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "progress", rename_all = "snake_case")]
pub enum ImageProgress {
    /// `pulling 43 %`.
    Doing { what: String },
    /// An image is there, under this name or id.
    Loaded { name: String },
}

impl ImageProgress {
    /// With its line end.
    pub fn line(&self) -> Bytes {
        let mut line = serde_json::to_vec(self).expect("strings serialize");
        line.push(b'\n');
        line.into()
    }
}
