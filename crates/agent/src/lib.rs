//! Makes its host equal to the `HostSpec`, reports what it sees, and knows nothing else.
//!
//! ```text
//! agent-api socket ─▶ service ─keeps─▶ ledger ─wakes─▶ lab (one task each): observe, plan, remove, add
//!                        ▲                               ▲        │
//!                        └────────── status ─────────────┼────────┘
//!                      kernel's link events ─▶ follower ─┤   supervisors' events ─┘
//! ```
//! Entered by the functions of this file, one for each subcommand. What is kept of the running world is
//! fed by the events of kernel and supervisors and begins empty; the next pass is the retry.

mod check;
mod closing;
mod command;
pub mod config;
mod counting;
mod discovery;
mod figures;
mod file;
mod follower;
mod forward;
mod gateway;
pub mod holder;
mod host;
mod host_id;
mod images;
mod lab;
mod ledger;
mod lock;
mod paths;
pub mod policy;
mod reload;
mod service;
pub mod signals;
mod streams;
mod sweep;
#[cfg(test)]
mod testing;

pub use command::{ServeOptions, accept, hold, serve, sim, sweep};
pub use gateway::launch as launch_network_server;
