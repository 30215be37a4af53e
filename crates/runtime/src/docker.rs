//! Nodes of kind `docker`: containers, by the API of a Docker engine (or Podman's socket).
//!
//! ```text
//! agent ──create, start──▶ engine ──runs──▶ gate = pid 1 of the container ──execs──▶ the image's own
//!   ▲                                        │ knocks at runtime/docker/<hash>-<node>/gate/door
//!   └────────── one byte lets it go ─────────┘
//! ```
//! The container has a network namespace of its own and nothing in it (`--network none`); between the knock
//! and the byte the agent makes its interfaces there. A container that was started again by hand waits at
//! the same door. Docker's own restart policy is never used: one controller.

mod acts;
mod binds;
mod check;
mod commands;
pub mod config;
mod consoles;
mod create;
mod door;
mod driver;
mod engine;
mod events;
mod exec;
mod files;
mod folder;
mod gate;
mod hosts;
mod image;
mod life;
mod logs;
mod names;
mod owners;
mod raw;
mod removal;
mod store;
mod streams;
mod usage;
mod world;

pub use config::Config;
pub use driver::Driver;
