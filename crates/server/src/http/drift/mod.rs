//! Drift: where labs and host differ.

pub mod list;
pub mod repair;
