//! Shared networks of a lab.

pub mod create;
pub mod delete;
pub mod get;
pub mod list;
pub mod replace;
