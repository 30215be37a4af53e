//! Nodes of kind `netns`: processes in own namespaces over the host's `/usr`.
//!
//! ```text
//! agent ──spawns──▶ launcher ──forks──▶ supervisor = pid 1 of the node ──▶ the lab's processes
//!                   builds the tree,    lives as long as the node,
//!                   then ends           speaks on runtime/nodes/<hash>-<node>/supervisor.sock
//! ```
//! Nothing is remembered here: a new [`Driver`] on the same folder finds every node again.

pub mod config;

pub use config::{Config, IdMap};
