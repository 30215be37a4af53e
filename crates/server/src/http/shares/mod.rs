//! Who else may do what in a lab.

pub mod delete;
pub mod list;
pub mod put;
