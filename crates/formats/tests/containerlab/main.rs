//! containerlab's format: read, written, and compared with real topologies of other people.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on shall panic")]

mod bad;
mod collection;
mod common;
mod places;
mod read;
mod samples;
mod source;
mod write;
