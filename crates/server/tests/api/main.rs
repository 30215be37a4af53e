//! The server over real HTTP, with the simulated agent: stories a client could live.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod access;
mod app;
mod document;
mod edits;
mod events;
mod files;
mod input;
mod inside;
mod labs;
mod life;
mod page;
mod people;
mod sessions;
mod telemetry;
mod tokens;
