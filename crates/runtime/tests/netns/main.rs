//! Nodes for real: the whole life of a `netns` node, its consoles, its commands, and what it cannot do.
//!
//! Runs as root, in the host's namespaces or in a user namespace that has enough ids; `rootless`
//! runs these same stories as an ordinary user.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod confinement;
mod crashes;
mod lab;
mod lives;
mod rootless;
mod routers;
mod streams;
