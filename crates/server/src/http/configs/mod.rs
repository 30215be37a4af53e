//! Configurations of nodes.

pub mod get;
pub mod save;
