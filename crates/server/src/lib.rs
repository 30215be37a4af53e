//! The server: users, labs and decisions, without any privilege on the host.
//!
//! `http` is the public API, `control` the loops that turn wishes into specs for the agent and its
//! reports into events, `App` what both share. The binary's commands are in `commands`; tests start
//! the server in-process. It never touches a namespace or starts a process: that is the agent's.

pub mod app;
pub mod auth;
pub mod border;
pub mod clock;
pub mod commands;
pub mod config;
pub mod control;
pub mod error;
mod extract;
pub mod guacamole;
pub mod http;
pub mod hub;
mod images;
mod jobs;
mod labs;
pub mod metrics;
mod pings;
mod relay;
mod reload;
mod samples;
mod settings;
mod spa;
mod statuses;
pub mod templates;

pub use app::App;
