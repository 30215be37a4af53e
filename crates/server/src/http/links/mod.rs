//! Links of a lab.

pub mod create;
pub mod cut;
pub mod delete;
pub mod get;
pub mod heal;
pub mod list;
pub mod replace;
