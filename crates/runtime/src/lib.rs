//! Drivers that run nodes. Entered by [`NodeDriver`]; the kinds are siblings that never meet.
//!
//! ```text
//! driver.rs   the trait, what is observed, what is told
//! stream.rs   bytes into and out of a node
//! netns/      processes in own namespaces over the host's /usr
//! faults.rs   points at which tests kill; debug builds only
//! ```

pub mod driver;
pub mod faults;
pub mod netns;
pub mod stream;

pub use driver::{
    BoxFuture, DriverCapabilities, DriverError, DriverEvent, NodeDriver, NodeObserved, NodeRef,
};
pub use stream::{Input, NodeStream, Output, StreamKind, WindowSize};
