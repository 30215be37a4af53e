//! Ways out of a node: what is tried, and what comes of it outside and inside.
//!
//! ```text
//! table ─row: act, outside, inside─▶ test ─act as words─▶ the program, outside ─▶ "ok"
//!                                         └─────────────▶ the same, in a node  ─▶ "EPERM"
//! ```
//! No driver is named here, so that nodes of every kind are tried by the same rows.

pub mod act;
mod table;

pub use table::{Inside, Outside, Row, table};
