//! See README.md of this crate.
