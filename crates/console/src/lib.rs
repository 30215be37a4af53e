//! Console bytes: what was printed, kept for readers who come late or come back; telnet and a log-in
//! for programs that speak no more than that.

pub mod log_in;
pub mod scrollback;
pub mod telnet;

pub use log_in::LogIn;
pub use scrollback::{Replay, Scrollback};
pub use telnet::Telnet;
