//! Where one is logged in.

pub mod delete;
pub mod list;
