//! Fabric against the real kernel, in network namespaces of the test's own.
//!
//! They need root, or run again inside a user namespace (`rootless`); otherwise they say SKIP.

#![expect(clippy::unwrap_used, reason = "tests")]

mod bridges;
mod closing;
mod dialing;
mod events;
mod gateways;
mod ground;
mod mirror;
mod nodes;
mod ports;
mod probing;
mod redirects;
mod removal;
mod rootless;
mod uplinks;
mod wire;
