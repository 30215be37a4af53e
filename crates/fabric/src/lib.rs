//! The only netlink of nova-ve: bridges, veth pairs, redirects and addresses, made and observed.
//!
//! - [`Fabric`] acts in one network namespace, the agent's "host": a thread of its own owns the
//!   socket, since the kernel works inside `send` and would hold up the async runtime.
//! - [`NodeNet`] acts inside one node's namespace: raises interfaces, sets addresses and routes.
//! - [`LinkWatch`] tells what happens to our devices, as it happens.
//! - [`probe`] tries which kernel features are there, in a namespace thrown away afterwards.
//!
//! Everything is idempotent. Each act goes by a mirror of what the kernel shows, which its events keep
//! up to date (`host/mirror.rs`), and many changes go to the kernel in one send. A device
//! is ours when its name is ours *and* its link group is its lab's; any other is never touched.
//! What should be there is decided elsewhere (`model::plan`); here is no choice left.

mod dial;
mod error;
mod fabric;
mod figures;
mod host;
mod node;
mod probe;
pub mod scratch;
mod socket;
mod thread;
mod watch;
mod wire;

pub use dial::dial;
pub use error::{Error, Result};
pub use fabric::Fabric;
pub use figures::NetlinkFigures;
pub use host::gate::Gate;
pub use host::observe::{Counters, HostDevices, LabDevices};
pub use host::port::PortWanted;
pub use host::reach::Reached;
pub use node::{Interfaces, NodeNet};
pub use probe::{Feature, KernelFeatures, probe};
pub use watch::{LinkChange, LinkWatch};
