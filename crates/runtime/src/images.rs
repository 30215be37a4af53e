//! Images of a host's container engine, as the agent asks for them.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

use crate::driver::{BoxFuture, DriverError};

/// An image of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredImage {
    /// `sha256:…`.
    pub id: String,
    pub names: Vec<String>,
    pub bytes: u64,
    /// Unix milliseconds.
    pub created_ms: u64,
    /// Of containers that were made of it, running or not.
    pub containers: u32,
}

/// What is free where images and containers are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DiskRoom {
    pub free_bytes: u64,
    pub bytes: u64,
}

/// What a removal came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Removed {
    /// Names, or ids of those without one.
    pub names: Vec<String>,
    pub freed_bytes: u64,
}

/// News of an image on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageNews {
    /// `pulling 43 %`.
    Doing(String),
    /// It is there, under this name or id.
    Loaded(String),
}

/// Ends when the image is there; an error is its last item. Dropped, the transfer ends.
pub type ImageNewsStream = Pin<Box<dyn Stream<Item = Result<ImageNews, DriverError>> + Send>>;

/// An archive as `docker save` writes it. An error in it ends the transfer.
pub type Archive = Pin<Box<dyn Stream<Item = std::io::Result<Bytes>> + Send>>;

/// Keeps images. Object-safe: the agent holds one `Arc<dyn ImageStore>`.
pub trait ImageStore: Send + Sync + 'static {
    /// All, and the room that is left.
    fn list(&self) -> BoxFuture<'_, Result<(Vec<StoredImage>, DiskRoom), DriverError>>;

    /// Takes this name away; the image goes with its last one, unless a container was made of it.
    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Removed, DriverError>>;

    /// Removes what has neither name nor container, and these names as `remove` does, those aside that
    /// cannot go.
    fn prune<'a>(&'a self, names: &'a [String]) -> BoxFuture<'a, Result<Removed, DriverError>>;

    fn pull(&self, name: String) -> BoxFuture<'_, Result<ImageNewsStream, DriverError>>;

    fn load(&self, archive: Archive) -> BoxFuture<'_, Result<ImageNewsStream, DriverError>>;
}
