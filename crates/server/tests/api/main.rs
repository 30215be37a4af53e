//! The server over real HTTP, with the simulated agent: stories a client could live.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod access;
mod app;
mod asks;
mod begun;
mod bodies;
mod configs;
mod crowds;
mod database;
mod document;
mod drift;
mod edits;
mod events;
mod files;
mod guacamole;
mod headers;
mod hosts;
mod images;
mod input;
mod inside;
mod labs;
mod life;
mod origins;
mod page;
mod people;
mod ports;
mod reading;
mod sessions;
mod slow;
mod telemetry;
mod tokens;
mod wire;
