//! A simulated agent: the same protocol, no host.
