//! Nothing that happens to the agent loses work: what is done to it, and what must be there afterwards.

mod acts;
mod deaths;
mod disks;
mod memory;
mod points;
mod sockets;
mod world;
