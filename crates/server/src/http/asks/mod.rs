//! What of its host a lab reaches for.

pub mod list;
pub mod put;
