//! The public API: a folder for each noun, a file for each operation.
//!
//! `routes` lists them all; the OpenAPI document comes from the same list, so that nothing can be
//! served undocumented. All but health and log-in stand
//! behind the session guard.

pub mod acts;
pub mod asks;
pub mod audit;
pub mod configs;
pub mod docs;
pub mod drift;
pub mod edits;
pub mod events;
pub mod fallback;
pub mod images;
pub mod jobs;
pub mod labs;
pub mod links;
pub mod metrics;
pub mod networks;
pub mod nodes;
pub mod openapi;
pub mod operation;
pub mod routes;
pub mod samples;
pub mod security;
pub mod session;
pub mod sessions;
pub mod shares;
pub mod system;
pub mod tokens;
pub mod trace;
pub mod users;
mod whole;

pub use openapi::document;
pub use routes::router;
