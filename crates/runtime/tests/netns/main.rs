//! Nodes for real: the whole life of a `netns` node, its consoles, its commands, and what it cannot do.
//!
//! Runs as root, in the host's namespaces or in a user namespace that has enough ids; `rootless.rs`
//! runs these same stories as an ordinary user.

mod confinement;
mod lab;
mod lives;
mod routers;
mod streams;
