//! Where our programs' logs go, and the figures they keep of themselves.
//!
//! A leaf: it knows nothing of labs. `log` (feature) is entered once, by `main`; `LogFile` is a file
//! that stays small; `Durations` and `ProcessFigures` are plain numbers that can cross a socket.

mod durations;
mod file;
#[cfg(feature = "log")]
pub mod log;
mod process;

pub use durations::{BOUNDS_US, Durations};
pub use file::{Limits, LogFile};
pub use process::ProcessFigures;
