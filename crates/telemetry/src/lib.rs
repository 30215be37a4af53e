//! Where our programs' logs go, and the figures they keep of themselves.
//!
//! A leaf: it knows nothing of labs. `service` (feature) is what a service tells systemd; `variables` are
//! settings in the environment. `log` (feature) is entered once, by `main`; `LogFile` is a file
//! that stays small; `Durations` and `ProcessFigures` are plain numbers that can cross a socket.

mod durations;
mod file;
#[cfg(feature = "log")]
pub mod log;
mod process;
#[cfg(feature = "service")]
pub mod service;
pub mod variables;

pub use durations::{BOUNDS_US, Durations};
pub use file::{Limits, LogFile};
pub use process::ProcessFigures;
