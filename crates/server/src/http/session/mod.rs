//! Log-in, who is logged in, log-out.

pub mod get;
pub mod log_in;
pub mod log_out;
