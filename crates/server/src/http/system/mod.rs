//! The installation: its health, its host, its templates.

pub mod get;
pub mod health;
pub mod templates;
