//! Nodes of kind `netns`: processes in own namespaces over the host's `/usr`.
//!
//! ```text
//! agent ──spawns──▶ launcher ──forks──▶ supervisor = pid 1 of the node ──▶ the lab's processes
//!                   builds the tree,    lives as long as the node,
//!                   then ends           speaks on runtime/nodes/<hash>-<node>/supervisor.sock
//! ```
//! A new [`Driver`] on the same folder finds every node again; what one was told is kept while it holds.

mod accounts;
mod acts;
mod base;
mod check;
mod client;
pub mod config;
mod driver;
mod folder;
mod kept;
mod launcher;
mod logs;
mod observe;
mod process;
mod protocol;
mod scope;
mod streams;
pub mod supervisor;
mod watch;

pub use config::{Config, IdMap};
pub use driver::Driver;
pub use scope::enter as enter_scope;
