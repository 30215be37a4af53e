//! Start, stop, restart and wipe of one node, each a job.

pub mod restart;
pub mod start;
pub mod stop;
pub mod wipe;
