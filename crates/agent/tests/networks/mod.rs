//! Networks that the host is on, with the real program, real servers and real nodes: addresses and names
//! are given out, the outside is reached, labs do not see each other, and nothing is left.

mod docker;
mod ground;
mod management;
mod nat;
