//! Nodes of kind `netns`: processes in own namespaces over the host's `/usr`.
//!
//! ```text
//! agent ──spawns──▶ launcher ──forks──▶ supervisor = pid 1 of the node ──▶ the lab's processes
//!                   builds the tree,    lives as long as the node,
//!                   then ends           speaks on runtime/nodes/<hash>-<node>/supervisor.sock
//! ```
//! Nothing is remembered here: a new [`Driver`] on the same folder finds every node again.

mod accounts;
mod acts;
mod base;
mod check;
mod client;
pub mod config;
mod driver;
mod folder;
mod launcher;
mod logs;
mod observe;
mod process;
mod protocol;
mod streams;
pub mod supervisor;
mod watch;

pub use config::{Config, IdMap};
pub use driver::Driver;
