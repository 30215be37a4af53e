//! Bytes between a client and a node: one agent stream for each WebSocket or body.
//!
//! Backpressure goes through: what a client does not read is not read from the agent, so a slow
//! client holds up its own stream and no other. Everything here ends with the session.

mod collect;
mod events;
mod farewell;
mod images;
mod program;
mod transfer;
mod web_socket;

pub use collect::collect;
pub use events::run_events;
pub use images::{load, pull_lines};
pub use program::wrong_argv;
pub use transfer::{download, upload};
pub use web_socket::{run_console, run_exec};
