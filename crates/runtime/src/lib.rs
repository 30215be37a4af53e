//! Drivers that run nodes. Entered by [`NodeDriver`]; the kinds are siblings that never meet.
//!
//! ```text
//! driver.rs   the trait, what is observed, what is told
//! stream.rs   bytes into and out of a node
//! drivers.rs  all of them as one, by the kind of the node
//! images.rs   the images of a container engine
//! netns/      processes in own namespaces over the host's /usr
//! docker/     containers, by the API of a Docker engine
//! process.rs  which process a number means
//! faults.rs   points at which tests kill; debug builds only
//! ```

pub mod docker;
pub mod driver;
mod drivers;
pub mod faults;
pub mod images;
pub mod netns;
mod process;
pub mod stream;

pub use driver::{
    BoxFuture, DriverCapabilities, DriverError, DriverEvent, LabNames, NodeDriver, NodeObserved,
    NodeRef, Tell,
};
pub use drivers::Drivers;
pub use images::{ImageNews, ImageStore};
pub use stream::{Input, NodeStream, Output, StreamKind, WindowSize};
