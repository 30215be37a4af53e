//! Who is asking: passwords, sessions, and the rule that a browser's request comes from our own pages.
//!
//! A session is a 256-bit secret, held by the client and known here by its SHA-256 alone. A browser
//! carries it as a cookie and must then prove its origin on everything that changes something; a
//! program sends it as a bearer token and needs no origin.

mod argon;
mod caller;
mod guard;
mod live;
mod log_in;
mod origin;
mod password;
mod secret;
mod throttle;

pub use caller::Caller;
pub use guard::require_session;
pub use live::LiveSessions;
pub use origin::{client_address, require_same_origin_if_any};
pub use password::{Cost, Passwords};
pub use secret::{SessionSecret, expired_cookie, hex, session_cookie};
pub use throttle::Throttle;

/// A session ends when it was not used for so long.
pub const IDLE_MS: u64 = 12 * 60 * 60 * 1000;
/// A session ends at the latest so long after log-in.
pub const ABSOLUTE_MS: u64 = 7 * 24 * 60 * 60 * 1000;
