//! Containers for real: the whole life of a `docker` node on a Docker engine, by an image that the tests
//! make of busybox.
//!
//! The engine is that of `DOCKER_HOST`, or of `/var/run/docker.sock`; where none answers each test says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod by_hand;
mod crowds;
mod engine;
mod images;
mod lab;
mod lives;
mod registry;
mod specs;
mod streams;
