//! The public API as types: what goes over HTTP and WebSocket, and a client for it (feature `client`).
//!
//! Bodies deny unknown fields. Errors are RFC 9457 problem documents with a stable `code`.

pub mod ask;
pub mod audit;
#[cfg(feature = "client")]
pub mod client;
pub mod config;
pub mod drift;
pub mod error;
pub mod event;
pub mod image;
pub mod job;
pub mod lab;
pub mod node;
pub mod page;
pub mod reading;
pub mod session;
pub mod share;
pub mod system;
pub mod token;
pub mod user;

pub use error::ApiError;

/// Everything but health lies below this path.
pub const BASE: &str = "/api/v1";
