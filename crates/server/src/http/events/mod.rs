//! What changes, as it changes.

pub mod watch;
