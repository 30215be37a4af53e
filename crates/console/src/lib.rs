//! Console bytes: what was printed, kept for readers who come late or come back.

pub mod scrollback;

pub use scrollback::{Replay, Scrollback};
