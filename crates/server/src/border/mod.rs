//! The web border: how connections are taken in, and what a stranger may cost.
//!
//! ```text
//! accept ─▶ room for it? ──no──▶ 503, closed
//!              │yes
//!              ▼
//!           one task: heads within a time and a size ─▶ router; the place is free when the socket is
//! ```
//! Everything that a client may take before it is known is bounded here: connections in all and from
//! one address, the size of a head and the time for it, the time for which an answer is not read. What is bounded for known users lies with
//! the operations.

mod connection;
mod doors;
mod files;
mod hosts;
mod listen;

use std::time::Duration;

pub use files::raise_open_files;
pub use hosts::{Hosts, require_own_host};
pub use listen::serve;

/// What the border allows; tests make it small.
#[derive(Debug, Clone, Copy)]
pub struct Border {
    /// Connections at once, WebSockets among them.
    pub connections: usize,
    /// Connections at once from one address. A reverse proxy stands on loopback, which is exempt.
    pub connections_an_address: usize,
    /// A head must be whole, and the next one begin, within this time.
    pub head_within: Duration,
    /// A JSON body must be whole within this time and one more second for each 64 KiB of its limit.
    pub body_within: Duration,
    /// An upload without a limit may pause for so long.
    pub upload_silence: Duration,
    /// A client may read nothing of an answer for so long; WebSockets are no other.
    pub answer_silence: Duration,
    /// Consoles, commands, captures, logs, files and event streams that one user has open.
    pub streams_a_user: usize,
}

/// The request line and all headers.
pub const HEAD_MAX_BYTES: usize = 32 << 10;
pub const HEADERS_MAX: usize = 100;

impl Default for Border {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_an_address: 512,
            head_within: Duration::from_secs(30),
            body_within: Duration::from_secs(30),
            upload_silence: Duration::from_mins(1),
            answer_silence: Duration::from_mins(2),
            streams_a_user: 256,
        }
    }
}

impl Border {
    /// The time for a body of at most `limit_bytes`.
    pub fn body_time(&self, limit_bytes: usize) -> Duration {
        self.body_within + Duration::from_secs(limit_bytes as u64 / (64 << 10))
    }
}
