//! Bearer tokens for programs.

pub mod create;
pub mod delete;
pub mod list;
