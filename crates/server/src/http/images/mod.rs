//! Images of the host's container engine.

pub mod list;
pub mod load;
pub mod prune;
pub mod pull;
pub mod remove;
